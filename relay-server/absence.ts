import type { ChannelBroken } from '../shared/channel.ts';
import { formatMoment } from '../shared/time.ts';

const HOUR = 3_600_000;
/** More say no more. */
const MOST_DROPS = 20;

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

  /** Why a control connection to the server failed; if it did not come about the server is away from now on. */
  describeFailure(broken: ChannelBroken): string {
    if (broken.by === 'carrier') {
      return `the connection to the agent beside the FTP server was lost (${broken.reason})`;
    }
    // The agent says in the reason what was wrong with it, and what to do.
    if (broken.code.startsWith('server-')) return broken.reason;
    const isDial = broken.code.startsWith('connect-');
    if (!isDial) return `the FTP server broke the connection (${broken.reason})`;
    this.#serverSince ??= Date.now();
    const since = formatMoment(this.#serverSince);
    return `the FTP server does not answer its agent (${broken.code}) since ${since}`;
  }
}
