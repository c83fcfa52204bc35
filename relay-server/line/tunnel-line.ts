import type { LinkClosed } from '../../shared/mux/link-options.ts';
import type { AgentLink } from '../agents/agent-link.ts';
import type { Lines } from './lines.ts';

/** The lines of one tunnel's agents, as their links lose and find carriers. */
export class TunnelLine {
  readonly #lines: Lines;
  readonly #tunnel: () => string;
  /** Links without a carrier, and since when, in milliseconds since 1970. */
  readonly #down = new Map<AgentLink, number>();
  readonly #resumed = new WeakMap<AgentLink, number>();

  /** @param tunnel its name at present */
  constructor(lines: Lines, tunnel: () => string) {
    this.#lines = lines;
    this.#tunnel = tunnel;
  }

  /** When a link went on over another carrier the last time, in milliseconds since 1970. */
  resumedAt(link: AgentLink): number | undefined {
    return this.#resumed.get(link);
  }

  /** A link has lost its last carrier. */
  lost(link: AgentLink): void {
    this.#down.set(link, Date.now());
  }

  /** It has one again. @param ms how long it had none */
  back(link: AgentLink, ms: number): void {
    const now = Date.now();
    const at = this.#down.get(link) ?? Math.round(now - ms);
    this.#down.delete(link);
    this.#resumed.set(link, now);
    this.#record(link, { at, ms: Math.round(ms), resumed: true });
  }

  /** A link is over. That this program ended it, or the peer broke a rule, is no loss of the line. */
  ended(link: AgentLink, why: LinkClosed): void {
    const at = this.#down.get(link);
    this.#down.delete(link);
    const now = Date.now();
    if (at !== undefined) this.#record(link, { at, ms: Math.max(0, now - at), resumed: false });
    else if (why.by === 'carrier') this.#record(link, { at: now, ms: 0, resumed: false });
  }

  #record({ identity }: AgentLink, loss: { at: number; ms: number; resumed: boolean }): void {
    this.#lines.record({ tunnel: this.#tunnel(), agent: identity.agentId, ...loss });
  }
}
