/** The receiving direction of one stream: what came, in order or not, and how much more may come. */
import type { Lease } from '../lease.ts';
import { ChunkQueue } from './chunk-queue.ts';
import { ProtocolFault } from './errors.ts';
import { ReceiveCredit } from './flow-control.ts';
import type { FrameHeader, MuxLimits } from './frame.ts';
import { Reorder } from './reorder.ts';
import type { Window } from './window.ts';

/** Runs that bytes may be in on any stream, and bytes ahead for each further one: each costs some hundred. */
const RUNS = 64;
const BYTES_A_RUN = 256;

export interface ReceivingHalfOptions {
  readonly limits: MuxLimits;
  readonly window: Window;
  /** Bytes the peer may send before the first CREDIT. */
  readonly credit: number;
  /** Whether bytes may come before others that belong in front of them: with several carriers only. */
  readonly reorders: boolean;
  /** Takes bytes in their order: delivers them now, or puts them into {@link ReceivingHalf.held}. */
  readonly take: (chunk: Uint8Array, lease: Lease | undefined) => void;
}

export class ReceivingHalf {
  readonly #options: ReceivingHalfOptions;
  readonly #credit: ReceiveCredit;
  readonly #window: Window;
  readonly #early: Reorder | undefined;
  /** Received in order, not yet delivered. */
  readonly held: ChunkQueue;
  /** What the last ACK said. */
  #told = 0;

  constructor(options: ReceivingHalfOptions) {
    const { limits, window, credit, reorders } = options;
    this.#options = options;
    this.#window = window;
    this.#credit = new ReceiveCredit(Math.max(window.size, credit), credit);
    this.#early = reorders ? new Reorder(limits.smallChunk) : undefined;
    this.held = new ChunkQueue(limits.smallChunk);
  }

  /** Bytes that came in order, delivered or not. */
  get received(): number {
    return this.#credit.received;
  }

  /** Bytes that wait here, for the consumer or for others before them. */
  get bytes(): number {
    return this.held.bytes + (this.#early?.bytes ?? 0);
  }

  get window(): Window {
    return this.#window;
  }

  /** FIN came, and everything before it. */
  get isComplete(): boolean {
    return this.#credit.isComplete;
  }

  /** Whether a CREDIT is worth a frame. */
  get owesCredit(): boolean {
    return this.#credit.owes;
  }

  /** Whether something was received that no ACK has told. */
  get owesAck(): boolean {
    return this.#credit.acknowledge > this.#told;
  }

  /** Whether that is half a window: if it were consumed, a CREDIT would tell of it. */
  get owesAckNow(): boolean {
    return (this.#credit.acknowledge - this.#told) * 2 >= this.#window.size;
  }

  /** Bytes of a DATA frame. @throws ProtocolFault */
  receive(header: FrameHeader, progress: number, slice: Uint8Array, lease?: Lease): void {
    const credit = this.#credit;
    const early = this.#early;
    credit.admit(header.offset, header.length);
    if (early === undefined) credit.refuseGap(header.offset);
    const offset = header.offset + progress;
    const repeated = credit.received - offset;
    if (repeated >= slice.length) return;
    if (early !== undefined && repeated < 0) {
      early.insert(offset, slice, lease);
      if (early.count > RUNS + credit.span / BYTES_A_RUN) {
        throw new ProtocolFault('too-many-gaps', `${early.count} over ${credit.span} bytes`);
      }
      return;
    }
    this.#take(repeated === 0 ? slice : slice.subarray(repeated), lease);
    if (early !== undefined && !early.isEmpty) {
      early.release(credit.received, (chunk, held) => this.#take(chunk, held));
    }
  }

  /** FIN. @throws ProtocolFault */
  receiveFin(final: number): void {
    if (this.#early === undefined) this.#credit.refuseGap(final);
    this.#credit.finish(final);
  }

  /** The consumer took bytes. */
  consume(bytes: number): void {
    this.#credit.consume(bytes);
  }

  /** Grants what is owed, in a window that follows the path; returns the limit to send. */
  grant(now: number, roundTrip: number | undefined): number {
    const { consumed } = this.#credit;
    this.#credit.resize(this.#window.follow(consumed, now, roundTrip));
    return this.#credit.grant();
  }

  /** What an ACK says now; taken as told. */
  acknowledge(): number {
    this.#told = this.#credit.acknowledge;
    return this.#told;
  }

  /** The limit that was granted last, to be told again. */
  get granted(): number {
    return this.#credit.granted;
  }

  /** Nothing came for a while. */
  rest(): void {
    this.#credit.resize(this.#window.rest());
  }

  /** Nothing more is to come. */
  close(): void {
    this.#window.close();
  }

  /** The stream broke. */
  discard(): void {
    this.held.clear();
    this.#early?.clear();
    this.#window.close();
  }

  #take(chunk: Uint8Array, lease: Lease | undefined): void {
    this.#credit.advance(chunk.length);
    this.#options.take(chunk, lease);
  }
}
