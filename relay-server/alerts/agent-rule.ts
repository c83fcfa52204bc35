import { ALERT_LIMITS } from '../watch-limits.ts';
import { formatMoment } from '../../shared/time.ts';
import type { Alert, AlertRule, RelayNews } from './alert.ts';

/** An agent that is away. */
interface Away {
  tunnel: string;
  readonly name: string;
  readonly since: number;
  isTold: boolean;
}

/** Tells of agents that stay away longer than a grace, and of their return. A short drop is no news. */
export class AgentRule implements AlertRule {
  readonly #away = new Map<string, Away>();
  readonly #grace: () => number;

  /** @param grace milliseconds */
  constructor(grace: () => number) {
    this.#grace = grace;
  }

  take(news: RelayNews, now: number): Alert[] {
    switch (news.type) {
      case 'agent-down':
        this.#down(news, now);
        return [];
      case 'agent-up':
        return this.#up(news.agentId, news.tunnel, now);
      case 'agent-revoked':
        this.#away.delete(news.agentId);
        return [];
      case 'tunnel-gone':
        this.#gone(news.tunnel, news.renamed);
        return [];
      default:
        return [];
    }
  }

  tick(now: number): Alert[] {
    const grace = this.#grace();
    const due = [...this.#away].filter(([, one]) => !one.isTold && now - one.since >= grace);
    return due.map(([id, one]) => {
      one.isTold = true;
      return {
        ...common(id, one, now),
        kind: 'agent-offline',
        state: 'raised',
        text: `The agent ${one.name} of the tunnel ${one.tunnel} has been away since ${formatMoment(one.since)}.`,
        remedy:
          'Look whether it runs and reaches the relay. FTP clients are told that the server is away until it is back.',
      };
    });
  }

  #down(
    { agentId, tunnel, name }: { agentId: string; tunnel: string; name: string },
    now: number,
  ): void {
    if (this.#away.has(agentId) || this.#away.size >= ALERT_LIMITS.subjects) return;
    this.#away.set(agentId, { tunnel, name, since: now, isTold: false });
  }

  /** Its agents come again under its new name, or nobody waits for them. */
  #gone(tunnel: string, renamed: string | undefined): void {
    for (const [id, one] of this.#away) {
      if (one.tunnel !== tunnel) continue;
      if (renamed === undefined) this.#away.delete(id);
      else one.tunnel = renamed;
    }
  }

  #up(id: string, tunnel: string, now: number): Alert[] {
    const away = this.#away.get(id);
    this.#away.delete(id);
    if (away === undefined || !away.isTold) return [];
    const back = { ...away, tunnel };
    const text = `The agent ${away.name} of the tunnel ${tunnel} is back; it was away since ${formatMoment(away.since)}.`;
    return [
      { ...common(id, back, now), kind: 'agent-online', state: 'resolved', text, remedy: '' },
    ];
  }
}

function common(
  id: string,
  { tunnel, name, since }: Away,
  at: number,
): Pick<Alert, 'key' | 'at' | 'since' | 'tunnel' | 'subject'> {
  return { key: `agent ${id}`, at, since, tunnel, subject: name };
}
