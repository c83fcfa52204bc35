import type { TunnelState } from '../admin/runtime.ts';
import type { TunnelBrief } from '../views/live.ts';

/** What a tunnel's brief is made of. */
export interface BriefFacts {
  readonly name: string;
  readonly publicAddress: string;
  readonly state: TunnelState;
  readonly transfers: number;
}

/** A tunnel in one line: whether clients can use it, since when, and why not. */
export function tunnelBrief({ name, publicAddress, state, transfers }: BriefFacts): TunnelBrief {
  return { name, publicAddress, ...standing(state), sessions: state.sessions, transfers };
}

/** Whether clients can use a tunnel, since when, and why not. */
export function standing(state: TunnelState): Pick<TunnelBrief, 'state' | 'since' | 'problem'> {
  const { listener, agents, offlineSince } = state;
  if (listener.state === 'failed') {
    const problem = `its port ${listener.port} cannot be opened: ${listener.reason}`;
    return { state: 'down', since: null, problem };
  }
  if (agents.length > 0) {
    const since = Math.min(...agents.map((agent) => agent.since));
    const isDown = agents.every(({ link }) => link.waitingSince !== null);
    const problem = isDown ? 'the line to its agent is down; transfers wait' : null;
    return { state: 'up', since, problem };
  }
  if (offlineSince === undefined) {
    const problem = 'no agent has come since the relay started';
    return { state: 'waiting', since: null, problem };
  }
  return { state: 'down', since: offlineSince, problem: 'its agent is away' };
}
