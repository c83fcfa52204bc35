import { explain } from '../../shared/diagnosis/explain.ts';
import type { Finding } from '../../shared/diagnosis/finding.ts';
import type { Visit } from '../journal/visit.ts';
import type { StoredFinding } from '../store/history.ts';
import type { FindingView } from '../views/findings.ts';

/** A finding of a visit that goes on, in words. */
export function liveFindingView(visit: Visit, finding: Finding): FindingView {
  const { facts, summary, recognised } = visit;
  const { id: session, tunnel, client } = facts;
  return {
    id: `${session}-${finding.code}`,
    session,
    tunnel,
    client: client.host,
    user: summary.user,
    ...explain(finding, recognised.program),
    at: finding.at,
  };
}

/** A finding that is kept, in words. */
export function storedFindingView(finding: StoredFinding): FindingView {
  const { id, session, tunnel, client, user, at, program } = finding;
  return { id, session, tunnel, client, user, ...explain(finding, program), at };
}
