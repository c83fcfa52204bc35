import { addressBits, networkBits } from '../shared/net/network-bits.ts';
import type { StoredBan } from './store/history.ts';

/**
 * Bans by their networks. Looking for an address takes one look for each length of prefix there is among them,
 * however many bans there are: every client that comes is looked for.
 */
export class BanIndex {
  readonly #byId = new Map<string, StoredBan>();
  readonly #byNetwork = new Map<string, StoredBan[]>();
  /** How many networks there are, by the length of their bits. */
  readonly #lengths = new Map<number, number>();

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): StoredBan | undefined {
    return this.#byId.get(id);
  }

  /** All that are meant; a list of its own, so that what is found may be removed. */
  filter(isMeant: (ban: StoredBan) => boolean): StoredBan[] {
    return [...this.#byId.values()].filter(isMeant);
  }

  add(ban: StoredBan): void {
    const bits = networkBits(ban.network);
    const same = this.#byNetwork.get(bits);
    this.#byId.set(ban.id, ban);
    if (same !== undefined) {
      same.push(ban);
      return;
    }
    this.#byNetwork.set(bits, [ban]);
    this.#lengths.set(bits.length, (this.#lengths.get(bits.length) ?? 0) + 1);
  }

  remove({ id, network }: StoredBan): void {
    if (!this.#byId.delete(id)) return;
    const bits = networkBits(network);
    const left = (this.#byNetwork.get(bits) ?? []).filter((ban) => ban.id !== id);
    if (left.length > 0) {
      this.#byNetwork.set(bits, left);
      return;
    }
    this.#byNetwork.delete(bits);
    const others = (this.#lengths.get(bits.length) ?? 1) - 1;
    if (others > 0) this.#lengths.set(bits.length, others);
    else this.#lengths.delete(bits.length);
  }

  /** A ban whose network has the address and that is meant; undefined if there is none. */
  find(address: string, isMeant: (ban: StoredBan) => boolean): StoredBan | undefined {
    const bits = addressBits(address);
    if (bits === '') return undefined;
    for (const length of this.#lengths.keys()) {
      const found = this.#byNetwork.get(bits.slice(0, length))?.find(isMeant);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
