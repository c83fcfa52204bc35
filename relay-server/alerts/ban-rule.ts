import { ALERT_LIMITS } from '../watch-limits.ts';
import type { Alert, AlertRule, RelayNews } from './alert.ts';

/** Bans at one tunnel since the last that was told of. */
interface Period {
  readonly tunnel: string | null;
  readonly since: number;
  more: number;
  last: string;
}

const REMEDY =
  'Whoever has forgotten his password can be let in again by ending his ban; everybody else is kept out by it.';

/**
 * Tells of addresses that were banned for failed logins: of the first at once, of those that follow within an
 * hour together, since an attack comes from many.
 */
export class BanRule implements AlertRule {
  readonly #periods = new Map<string, Period>();

  take(news: RelayNews, now: number): Alert[] {
    if (news.type === 'tunnel-gone') this.#periods.delete(news.tunnel);
    if (news.type !== 'banned') return [];
    const { tunnel, address } = news;
    const running = this.#periods.get(tunnel ?? '');
    if (running !== undefined) {
      running.more += 1;
      running.last = address;
      return [];
    }
    if (this.#periods.size >= ALERT_LIMITS.subjects) return [];
    const period = { tunnel, since: now, more: 0, last: address };
    this.#periods.set(tunnel ?? '', period);
    return [
      raised(period, `The address ${address} was banned${at(tunnel)} for failed logins.`, now),
    ];
  }

  tick(now: number): Alert[] {
    const over = [...this.#periods].filter(([, { since }]) => now - since >= ALERT_LIMITS.banQuiet);
    return over.flatMap(([key, period]) => {
      this.#periods.delete(key);
      if (period.more === 0) return [];
      this.#periods.set(key, { ...period, since: now, more: 0 });
      const { more, last, tunnel } = period;
      const those =
        more === 1 ? `The address ${last} was` : `${more} addresses, ${last} the last, were`;
      return [
        raised(period, `${those} banned${at(tunnel)} for failed logins within the last hour.`, now),
      ];
    });
  }
}

function at(tunnel: string | null): string {
  return tunnel === null ? '' : ` at the tunnel ${tunnel}`;
}

function raised({ tunnel, since, last }: Period, text: string, now: number): Alert {
  return {
    kind: 'repeated-failed-logins',
    key: `bans ${tunnel ?? 'everywhere'}`,
    state: 'raised',
    at: now,
    since,
    tunnel,
    subject: last,
    text,
    remedy: REMEDY,
  };
}
