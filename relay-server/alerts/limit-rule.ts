import { ALERT_LIMITS } from '../watch-limits.ts';
import type { Alert, AlertRule, ReachedLimit, RelayNews } from './alert.ts';

interface Reached {
  readonly tunnel: string;
  readonly limit: ReachedLimit;
  readonly since: number;
  lastAt: number;
}

const WORDS: Readonly<Record<ReachedLimit, readonly [what: string, remedy: string]>> = {
  'max-sessions': [
    'has as many sessions as it may have, so that clients are turned away',
    'Raise --max-sessions of the tunnel, or end sessions that nobody uses (--idle-timeout).',
  ],
  'max-sessions-per-address': [
    'turns clients of one address away that has as many sessions as it may have',
    'Raise --max-sessions-per-address of the tunnel if many users share that address.',
  ],
  'passive-ports': [
    'has a client to whom every passive port is promised already',
    'Give the relay a longer range with --passive-ports A-B, and open it in the firewall.',
  ],
};

/** Tells when clients run into a limit, and when they no longer do. */
export class LimitRule implements AlertRule {
  readonly #reached = new Map<string, Reached>();

  take(news: RelayNews, now: number): Alert[] {
    if (news.type === 'tunnel-gone') {
      for (const [key, { tunnel }] of this.#reached) {
        if (tunnel === news.tunnel) this.#reached.delete(key);
      }
    }
    if (news.type !== 'limit-reached') return [];
    const { tunnel, limit } = news;
    const key = `limit ${tunnel} ${limit}`;
    const known = this.#reached.get(key);
    if (known !== undefined) {
      known.lastAt = now;
      return [];
    }
    if (this.#reached.size >= ALERT_LIMITS.subjects) return [];
    const reached = { tunnel, limit, since: now, lastAt: now };
    this.#reached.set(key, reached);
    const [what, remedy] = WORDS[limit];
    return [
      {
        ...common(key, reached, now),
        state: 'raised',
        text: `The tunnel ${tunnel} ${what}.`,
        remedy,
      },
    ];
  }

  tick(now: number): Alert[] {
    const quiet = [...this.#reached].filter(
      ([, { lastAt }]) => now - lastAt >= ALERT_LIMITS.limitQuiet,
    );
    return quiet.map(([key, reached]) => {
      this.#reached.delete(key);
      const text = `No client of the tunnel ${reached.tunnel} has run into its limit ${reached.limit} for a while.`;
      return { ...common(key, reached, now), state: 'resolved', text, remedy: '' };
    });
  }
}

function common(
  key: string,
  { tunnel, limit, since }: Reached,
  at: number,
): Pick<Alert, 'kind' | 'key' | 'at' | 'since' | 'tunnel' | 'subject'> {
  return { kind: 'limit-reached', key, at, since, tunnel, subject: limit };
}
