/** The sending direction of one stream: what waits, what may be sent, what is kept until it has arrived. */
import type { Lease } from '../lease.ts';
import type { Carrier } from './carrier.ts';
import { ChunkQueue } from './chunk-queue.ts';
import { SendCredit } from './flow-control.ts';
import { FRAME, frameOf, type OutgoingFrame } from './frame.ts';
import { SentLog, type KeptBytes } from './sent-log.ts';

export interface SendingHalfOptions {
  readonly id: number;
  /** Bytes that may be sent before the first CREDIT. @throws ProtocolFault `credit-overflow` */
  readonly credit: number;
  /** See {@link ChunkQueue}. */
  readonly smallChunk: number;
  /** What the bytes that are kept are charged to; undefined if the link does not outlive its carrier. */
  readonly kept: KeptBytes | undefined;
}

export class SendingHalf {
  readonly #id: number;
  readonly #credit: SendCredit;
  readonly #kept: KeptBytes | undefined;
  readonly #log: SentLog | undefined;
  /** Written, not yet sent. */
  readonly #unsent: ChunkQueue;
  #fin: 'sent' | 'lost' | undefined;

  constructor({ id, credit, smallChunk, kept }: SendingHalfOptions) {
    this.#id = id;
    this.#credit = new SendCredit(credit);
    this.#unsent = new ChunkQueue(smallChunk);
    this.#kept = kept;
    this.#log = kept && new SentLog(kept);
  }

  /** Bytes handed to carriers, each counted once. */
  get sent(): number {
    return this.#credit.sent;
  }

  /** Bytes written that were not sent. */
  get unsent(): number {
    return this.#unsent.bytes;
  }

  /** Whether everything, FIN included, has reached the peer; true at once where nothing is sent again. */
  get hasArrived(): boolean {
    return this.#log === undefined || this.#credit.acknowledged > this.#credit.sent;
  }

  /** Whether DATA can be sent now, as far as the stream itself is concerned. */
  get hasData(): boolean {
    if (this.#log?.hasLost === true) return true;
    return this.#unsent.bytes > 0 && this.#credit.available > 0;
  }

  /** Whether FIN was sent. */
  get hasEnded(): boolean {
    return this.#fin !== undefined;
  }

  /** Whether FIN is to be sent again. */
  get hasLostFin(): boolean {
    return this.#fin === 'lost';
  }

  /** Whether only the budget for what is kept holds it up. */
  get waitsForRoom(): boolean {
    return this.hasData && this.#kept?.isFull === true && this.#log?.hasLost !== true;
  }

  write(chunk: Uint8Array, lease?: Lease): void {
    this.#unsent.push(chunk, lease);
  }

  /** DATA of at most `most` bytes: first what was lost, as it was sent, then what was never sent. */
  take(most: number, carrier: Carrier): OutgoingFrame | undefined {
    const lost = this.#log?.takeLost(carrier);
    if (lost !== undefined) {
      const { offset, bytes, lease } = lost;
      return this.#data(offset, bytes, { lease, kept: lost });
    }
    if (this.#kept?.isFull === true) return undefined;
    const chunk = this.#unsent.shift(Math.min(most, this.#credit.available));
    if (chunk === undefined) return undefined;
    const lease = this.#unsent.takeLease();
    const offset = this.#credit.take(chunk.length);
    return this.#data(offset, chunk, {
      lease,
      kept: this.#log?.add(offset, chunk, lease, carrier),
    });
  }

  /** FIN, when everything written was sent. */
  takeFin(): OutgoingFrame | undefined {
    if (this.#unsent.bytes > 0) return undefined;
    this.#fin = 'sent';
    return frameOf(FRAME.fin, this.#id, this.#credit.finish());
  }

  /** The peer's CREDIT. @throws ProtocolFault `credit-overflow` */
  grant(limit: number): void {
    this.#credit.grant(limit);
  }

  /**
   * The peer's ACK.
   * @param arrived told for each frame it covers on which carrier that was
   * @throws ProtocolFault `ack-of-unsent`
   */
  acknowledge(offset: number, arrived: (carrier: Carrier) => void): void {
    this.#credit.acknowledge(offset);
    this.#log?.acknowledge(offset, arrived);
    if (this.hasArrived && this.#fin === 'lost') this.#fin = 'sent';
  }

  /** The peer is known to have everything, FIN included. */
  confirm(): void {
    this.acknowledge(this.#credit.finish() + 1, () => {});
  }

  /**
   * A carrier has ended. FIN is sent again wherever it was: the answer may have been on this one, and the
   * peer may keep nothing of the stream from which it could repeat that.
   * @returns bytes that are to be sent again
   */
  lose(carrier: Carrier): number {
    if (this.#fin !== undefined && !this.hasArrived) this.#fin = 'lost';
    return this.#log?.lose(carrier) ?? 0;
  }

  isUnderWayOn(carrier: Carrier): boolean {
    return this.#log?.isOn(carrier) ?? false;
  }

  /** The stream broke. */
  discard(): void {
    this.#unsent.clear();
    this.#log?.clear();
    this.#fin = undefined;
  }

  #data(
    offset: number,
    payload: Uint8Array,
    { lease, kept }: Pick<OutgoingFrame, 'lease' | 'kept'>,
  ): OutgoingFrame {
    const { length } = payload;
    const header = { type: FRAME.data, flags: 0, offset, stream: this.#id, length };
    return { header, payload, lease, kept };
  }
}
