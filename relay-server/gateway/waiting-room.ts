import { RECEPTION_LIMITS } from '../../shared/limits.ts';
import { holderOf } from '../../shared/net/networks.ts';

/**
 * Counts the clients of a port that are in no session yet, so that those who only wait cost it a bounded
 * amount. An IPv6 network of 64 bits counts as one address.
 */
export class WaitingRoom {
  readonly #held = new Map<string, number>();
  #clients = 0;

  /** @returns what to call once when the client waits no more; undefined if there is no room. */
  enter(address: string): (() => void) | undefined {
    const holder = holderOf(address);
    const held = this.#held.get(holder) ?? 0;
    const { clients, clientsPerAddress } = RECEPTION_LIMITS;
    if (this.#clients >= clients || held >= clientsPerAddress) return undefined;
    this.#clients += 1;
    this.#held.set(holder, held + 1);
    return () => {
      this.#clients -= 1;
      const left = (this.#held.get(holder) ?? 1) - 1;
      if (left > 0) this.#held.set(holder, left);
      else this.#held.delete(holder);
    };
  }
}
