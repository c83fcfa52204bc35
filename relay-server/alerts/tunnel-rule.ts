import { ALERT_LIMITS } from '../watch-limits.ts';
import type { Alert, AlertRule, RelayNews } from './alert.ts';

/** How one tunnel does. */
interface Standing {
  /** Since when its port is not open, and was told of. */
  closedSince: number | undefined;
  /** When its last sessions failed, as long as none went well. */
  failures: number[];
  /** Since when it is said to fail. */
  failingSince: number | undefined;
}

/**
 * Tells of tunnels that clients cannot use although an agent may be there: the port is not open, or several
 * sessions failed within a short time and none went well. Over when the port is open, or a session went well.
 */
export class TunnelRule implements AlertRule {
  readonly #tunnels = new Map<string, Standing>();

  take(news: RelayNews, now: number): Alert[] {
    switch (news.type) {
      case 'tunnel-failed':
        return this.#closed(news.tunnel, news.reason, now);
      case 'tunnel-listening':
        return this.#open(news.tunnel, now);
      case 'session-closed':
        return news.how === 'well' ? this.#well(news.tunnel, now) : this.#failed(news.tunnel, now);
      case 'tunnel-gone':
        this.#tunnels.delete(news.tunnel);
        return [];
      default:
        return [];
    }
  }

  tick(): Alert[] {
    return [];
  }

  #of(tunnel: string): Standing {
    const known = this.#tunnels.get(tunnel);
    if (known !== undefined) return known;
    const fresh = { closedSince: undefined, failures: [], failingSince: undefined };
    this.#tunnels.set(tunnel, fresh);
    return fresh;
  }

  #closed(tunnel: string, reason: string, now: number): Alert[] {
    const standing = this.#of(tunnel);
    if (standing.closedSince !== undefined) return [];
    standing.closedSince = now;
    const text = `The public port of the tunnel ${tunnel} cannot be opened: ${reason}.`;
    const remedy = 'End the program that holds the port, or give the tunnel another one.';
    return [{ ...alert('port', tunnel, now, now), state: 'raised', text, remedy }];
  }

  #open(tunnel: string, now: number): Alert[] {
    const standing = this.#tunnels.get(tunnel);
    const since = standing?.closedSince;
    if (standing === undefined || since === undefined) return [];
    standing.closedSince = undefined;
    const text = `The public port of the tunnel ${tunnel} is open again.`;
    return [{ ...alert('port', tunnel, now, since), state: 'resolved', text, remedy: '' }];
  }

  #failed(tunnel: string, now: number): Alert[] {
    const standing = this.#of(tunnel);
    if (standing.failingSince !== undefined) return [];
    const { failingSessions, failingTime } = ALERT_LIMITS;
    standing.failures = [...standing.failures, now].slice(-failingSessions);
    const [first = now] = standing.failures;
    if (standing.failures.length < failingSessions || now - first > failingTime) return [];
    standing.failingSince = first;
    const text = `The last ${failingSessions} sessions of the tunnel ${tunnel} failed.`;
    const remedy = 'The findings of these sessions on the dashboard say what each failed of.';
    return [{ ...alert('sessions', tunnel, now, first), state: 'raised', text, remedy }];
  }

  #well(tunnel: string, now: number): Alert[] {
    const standing = this.#tunnels.get(tunnel);
    if (standing === undefined) return [];
    const since = standing.failingSince;
    standing.failures = [];
    standing.failingSince = undefined;
    if (since === undefined) return [];
    const text = `A session of the tunnel ${tunnel} went well again.`;
    return [{ ...alert('sessions', tunnel, now, since), state: 'resolved', text, remedy: '' }];
  }
}

function alert(
  what: 'port' | 'sessions',
  tunnel: string,
  at: number,
  since: number,
): Omit<Alert, 'state' | 'text' | 'remedy'> {
  return {
    kind: 'tunnel-failing',
    key: `tunnel ${tunnel} ${what}`,
    at,
    since,
    tunnel,
    subject: what,
  };
}
