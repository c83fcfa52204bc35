import type { ChannelBroken } from '../shared/channel.ts';
import { formatMoment } from '../shared/time.ts';

const HOUR = 3_600_000;
/** More say no more. */
const MOST_DROPS = 20;

/** Why a link ended that was not lost, in words for clients, by what its streams broke with. */
const LINK_ENDS: ReadonlyMap<string, string> = new Map([
  ['agent-stopped', 'the agent beside the FTP server was stopped'],
  ['agent-restarted', 'the agent beside the FTP server was started again'],
  ['agent-revoked', 'the access of the agent beside the FTP server was revoked'],
  ['tunnel-deleted', 'the tunnel was deleted'],
  ['tunnel-changed', 'the tunnel was changed'],
  ['relay-stopped', 'the relay is stopping'],
]);

/** Who of a tunnel is away, agent or FTP server, since when, and how clients are told. */
export class Absence {
  #agentSince: number | undefined;
  /** When agents went away, of late. */
  #left: number[] = [];
  #serverSince: number | undefined;

  /** Since when no agent has been connected, in milliseconds since 1970; undefined while one is, or if none ever was. */
  get agentSince(): number | undefined {
    return this.#agentSince;
  }

  agentLeft(): void {
    this.#agentSince = Date.now();
    this.#left = [...this.#left, this.#agentSince].slice(-MOST_DROPS);
  }

  /** How often all agents were lost in the last hour. */
  get drops(): number {
    const since = Date.now() - HOUR;
    return this.#left.filter((at) => at >= since).length;
  }

  agentCame(): void {
    this.#agentSince = undefined;
  }

  /** The FTP server has spoken. */
  serverAnswered(): void {
    this.#serverSince = undefined;
  }

  /** Why a client cannot be served while no agent is connected. */
  whyOffline(): string {
    const since = this.#agentSince;
    const when = since === undefined ? 'since the relay started' : `since ${formatMoment(since)}`;
    return `the agent beside the FTP server has been away ${when}`;
  }

  /**
   * Why a control connection to the server failed; if it did not come about the server is away from now on.
   * @param lostAfter how long the link had waited for its line, if it ended because that did not come back
   */
  describeFailure(broken: ChannelBroken, lostAfter?: number): string {
    if (broken.by === 'carrier') return whyLinkEnded(broken, lostAfter);
    // The agent says in the reason what was wrong with it, and what to do.
    if (broken.code.startsWith('server-')) return broken.reason;
    const isDial = broken.code.startsWith('connect-');
    if (!isDial) return `the FTP server broke the connection (${broken.reason})`;
    this.#serverSince ??= Date.now();
    const since = formatMoment(this.#serverSince);
    return `the FTP server does not answer its agent (${broken.code}) since ${since}`;
  }
}

function whyLinkEnded({ code, reason }: ChannelBroken, lostAfter: number | undefined): string {
  if (lostAfter !== undefined) {
    return `the line to the agent beside the FTP server was down for more than ${lostAfter / 1000} s`;
  }
  const words = LINK_ENDS.get(code);
  return words ?? `the connection to the agent beside the FTP server was lost (${reason})`;
}
