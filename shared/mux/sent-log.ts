/**
 * What was sent of a stream and is not acknowledged: what a lost carrier took with it is sent again from
 * here. Pure. Bounded by the peer's credit, and by the budget it is charged to.
 */
import type { Lease } from '../lease.ts';
import type { Carrier } from './carrier.ts';

/** Bytes of all streams of a link that wait for an acknowledgement, and who waits for there to be fewer. */
export class KeptBytes {
  readonly most: number;
  bytes = 0;

  /** @param most bytes beyond which nothing new is sent */
  constructor(most: number) {
    this.most = most;
  }

  get isFull(): boolean {
    return this.bytes >= this.most;
  }
}

/** The payload of one DATA frame. */
export interface Segment {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly lease: Lease | undefined;
  /** Where it was sent; undefined if that was lost, and it is to be sent again. */
  carrier: Carrier | undefined;
  /** What that carrier did to the bytes; see {@link Carrier.restore}. */
  mask: number;
}

export class SentLog {
  readonly #kept: KeptBytes;
  /** By offset. */
  #segments: Segment[] = [];
  /** Segments without a carrier. */
  #lost = 0;

  constructor(kept: KeptBytes) {
    this.#kept = kept;
  }

  /** Whether something is to be sent again. */
  get hasLost(): boolean {
    return this.#lost > 0;
  }

  get isEmpty(): boolean {
    return this.#segments.length === 0;
  }

  /** Keeps what is being sent. Its hold on the lease passes to the log. */
  add(offset: number, bytes: Uint8Array, lease: Lease | undefined, carrier: Carrier): Segment {
    const segment = { offset, bytes, lease, carrier, mask: 0 };
    this.#segments.push(segment);
    this.#kept.bytes += bytes.length;
    return segment;
  }

  /**
   * Everything before `offset` has arrived.
   * @param arrived told for each segment on which carrier it was
   */
  acknowledge(offset: number, arrived: (carrier: Carrier) => void): void {
    let count = 0;
    for (const segment of this.#segments) {
      if (segment.offset + segment.bytes.length > offset) break;
      if (segment.carrier === undefined) this.#lost -= 1;
      else arrived(segment.carrier);
      this.#drop(segment);
      count += 1;
    }
    if (count > 0) this.#segments.splice(0, count);
  }

  isOn(carrier: Carrier): boolean {
    return this.#segments.some((segment) => segment.carrier === carrier);
  }

  /** The carrier has ended: what was on it is to be sent again. @returns how many bytes */
  lose(carrier: Carrier): number {
    let bytes = 0;
    for (const segment of this.#segments) {
      if (segment.carrier !== carrier) continue;
      if (segment.mask !== 0) carrier.restore(segment.bytes, segment.mask);
      segment.mask = 0;
      segment.carrier = undefined;
      this.#lost += 1;
      bytes += segment.bytes.length;
    }
    return bytes;
  }

  /** The first segment to send again, now on this carrier. */
  takeLost(carrier: Carrier): Segment | undefined {
    if (this.#lost === 0) return undefined;
    const segment = this.#segments.find((one) => one.carrier === undefined);
    if (segment === undefined) return undefined;
    segment.carrier = carrier;
    this.#lost -= 1;
    return segment;
  }

  /** Forgets everything. */
  clear(): void {
    for (const segment of this.#segments) this.#drop(segment);
    this.#segments = [];
    this.#lost = 0;
  }

  #drop({ bytes, lease }: Segment): void {
    this.#kept.bytes -= bytes.length;
    lease?.release();
  }
}
