import type { Finding } from '../../shared/diagnosis/finding.ts';
import type { ClientProgram } from '../../shared/diagnosis/programs.ts';
import type { Visit } from './visit.ts';

/** Whose a finding is. */
interface Whose {
  /** Id of the visit. */
  readonly session: string;
  readonly tunnel: string;
  /** The client's address. */
  readonly client: string;
  /** Null before anybody has said who he is. */
  readonly user: string | null;
  readonly program: ClientProgram;
}

/** A finding with whose it is. */
export interface VisitFinding extends Finding, Whose {
  /** The same while the visit goes on and in history. */
  readonly id: string;
}

/** A finding with whose it is. A visit has at most one of each code. */
export function ofVisit(whose: Whose, { code, at, facts }: Finding): VisitFinding {
  return { ...whose, id: `${whose.session}-${code}`, code, at, facts };
}

/** A finding of a visit that goes on. */
export function ofLiveVisit({ facts, summary, recognised }: Visit, finding: Finding): VisitFinding {
  const { id: session, tunnel, client } = facts;
  const { program } = recognised;
  return ofVisit({ session, tunnel, client: client.host, user: summary.user, program }, finding);
}
