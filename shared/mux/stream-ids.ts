/** Which stream ids were used, by whom. Pure. The agent opens odd ids, the relay even ones. */
import { ProtocolFault } from './errors.ts';
import { MAX_STREAM_ID } from './frame.ts';

/** Which end of a link this is. */
export type Side = 'agent' | 'relay';

/**
 * Ids strictly increase and are never used again, so two numbers tell every id that ever was.
 * An id the opener left out counts as used.
 */
export class StreamIds {
  #nextOwn: number;
  #lastOfPeer = 0;

  constructor(side: Side) {
    this.#nextOwn = side === 'agent' ? 1 : 2;
  }

  /** Whether the id is this side's to open. */
  isOwn(id: number): boolean {
    return id % 2 === this.#nextOwn % 2;
  }

  /** How many ids are left to this side. */
  get left(): number {
    return Math.max(0, Math.floor((MAX_STREAM_ID - this.#nextOwn) / 2) + 1);
  }

  /** A new id, or undefined when all are used up. */
  take(): number | undefined {
    if (this.#nextOwn > MAX_STREAM_ID) return undefined;
    const id = this.#nextOwn;
    this.#nextOwn += 2;
    return id;
  }

  /** Books the id of an OPEN that came. @throws ProtocolFault `open-out-of-order` */
  admit(id: number): void {
    if (this.isOwn(id) || id <= this.#lastOfPeer) {
      throw new ProtocolFault('open-out-of-order', `id ${id} after ${this.#lastOfPeer}`);
    }
    this.#lastOfPeer = id;
  }

  /** Whether an OPEN with this id repeats one that came. */
  isRepeated(id: number): boolean {
    return !this.isOwn(id) && id <= this.#lastOfPeer;
  }

  /** Whether the id was used, by either side, now or before. */
  wasUsed(id: number): boolean {
    return this.isOwn(id) ? id < this.#nextOwn : id <= this.#lastOfPeer;
  }
}
