import { explain } from '../../shared/diagnosis/explain.ts';
import type { VisitFinding } from '../journal/visit-finding.ts';
import type { FindingView } from '../views/findings.ts';

/** A finding in words. */
export function findingView(finding: VisitFinding): FindingView {
  const { id, session, tunnel, client, user, at, program } = finding;
  return { id, session, tunnel, client, user, ...explain(finding, program), at };
}
