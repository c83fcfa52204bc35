import type { JournalReader } from '../journal/journal.ts';
import type { TunnelWatch } from '../tunnel-watch.ts';
import type { Outcome } from '../views/sessions.ts';
import type { ReachedLimit, RelayNews } from './alert.ts';

const LIMITS: ReadonlySet<string> = new Set<ReachedLimit>([
  'max-sessions',
  'max-sessions-per-address',
]);

/** Ends of a session by somebody on our side of it. */
const OUR_SIDE: ReadonlySet<string> = new Set(['server', 'tunnel']);

/** What visits have to say for alerts. */
export function newsOfVisits(take: (news: RelayNews) => void): JournalReader {
  return {
    event({ facts: { tunnel } }, event) {
      if (event.type === 'turned-away' && LIMITS.has(event.why)) {
        take({ type: 'limit-reached', tunnel, limit: event.why as ReachedLimit });
      }
      if (event.type === 'setup-failed' && event.why === 'no-passive-port') {
        take({ type: 'limit-reached', tunnel, limit: 'passive-ports' });
      }
    },
    closed({ past: { tunnel, outcome, closedBy } }) {
      const how = wentHow(outcome, closedBy);
      if (how !== undefined) take({ type: 'session-closed', tunnel, how });
    },
  };
}

/**
 * What a visit says about its tunnel. Whoever does not log in, or is turned away, says nothing: scanners and
 * people who have forgotten their password come to every server.
 */
function wentHow(outcome: Outcome, closedBy: string): 'well' | 'failed' | undefined {
  if (outcome === 'ok') return 'well';
  const isOurs = outcome === 'broken' && OUR_SIDE.has(closedBy);
  return outcome === 'failed-transfer' || isOurs ? 'failed' : undefined;
}

/** What agents and ports have to say for alerts. */
export function newsOfTunnels(take: (news: RelayNews) => void): TunnelWatch {
  return {
    agentCame: (tunnel, { agentId, name }) => take({ type: 'agent-up', agentId, name, tunnel }),
    agentLeft: (tunnel, { agentId, name }) => take({ type: 'agent-down', agentId, name, tunnel }),
    agentRevoked: (agentId) => take({ type: 'agent-revoked', agentId }),
    listens(tunnel, state) {
      if (state.state === 'failed') {
        take({ type: 'tunnel-failed', tunnel, reason: state.reason });
      } else if (state.state === 'listening') take({ type: 'tunnel-listening', tunnel });
    },
    gone: (tunnel, renamed) => take({ type: 'tunnel-gone', tunnel, renamed }),
  };
}
