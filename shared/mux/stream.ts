/**
 * One stream of a link: a {@link Channel} whose bytes travel as frames. It joins the parts that are pure:
 * state, credit and queues. The link feeds it frames and asks it for frames.
 */
import { Buffer } from 'node:buffer';
import type { Channel, ChannelBroken, ChannelConsumer } from '../channel.ts';
import type { Lease } from '../lease.ts';
import { ChunkQueue } from './chunk-queue.ts';
import { checkCode, decodeReason, encodeReason } from './codec.ts';
import { LocalFault } from './errors.ts';
import { ReceiveCredit, SendCredit } from './flow-control.ts';
import {
  FRAME,
  RESET_CODE,
  frameOf,
  type FrameHeader,
  type MuxLimits,
  type OutgoingFrame,
} from './frame.ts';
import type { FrameSource, Priority } from './scheduler.ts';
import {
  NEW_STREAM,
  canReceive,
  canWrite,
  isOver,
  nextState,
  owesEnd,
  owesFin,
  type StreamEvent,
  type StreamState,
} from './stream-state.ts';

/** What a stream needs of its link. */
export interface StreamHost {
  readonly limits: MuxLimits;
  /** The stream has an urgent frame. */
  urgent(stream: Stream): void;
  /** The stream has data or FIN to send and credit for it. */
  ready(stream: Stream): void;
  /** Calls {@link Stream.tell} later, never from within the present call. */
  tellLater(stream: Stream): void;
  /** The stream is over; called once. */
  over(stream: Stream): void;
  /** Stable word for a RESET code. */
  resetWord(code: number): string;
}

/** How a stream begins. */
export interface StreamBeginning {
  readonly id: number;
  readonly priority: Priority;
  /** OPEN, if this side opens it. */
  readonly open?: OutgoingFrame;
  /** Bytes that may be sent before the first CREDIT. @throws ProtocolFault `credit-overflow` */
  readonly sendCredit: number;
  /** Bytes the peer may send before the first CREDIT. */
  readonly receiveCredit: number;
  /** Called once when the stream is over, whether or not anybody consumes it. */
  readonly over?: ((broken?: ChannelBroken) => void) | undefined;
}

/**
 * The consumer's calls come as bytes arrive (`data`, `end`) or at the end of the turn (everything else,
 * and what waited for `start` or `resume`). So no consumer is ever called from within its own call to
 * this stream; from within `data` and `end` it may call anything.
 */
export class Stream implements Channel, FrameSource {
  /** Id on the wire; 0 if the link was closed already when it was opened. */
  readonly id: number;
  readonly priority: Priority;
  readonly #host: StreamHost;
  readonly #sendCredit: SendCredit;
  readonly #receiveCredit: ReceiveCredit;
  /** Written, not yet sent. */
  readonly #unsent: ChunkQueue;
  /** Received, not yet delivered; at most the window. */
  readonly #held: ChunkQueue;
  readonly #over: ((broken?: ChannelBroken) => void) | undefined;
  #state: StreamState = NEW_STREAM;
  #consumer: ChannelConsumer | undefined;
  #paused = false;
  // Frames due.
  #open: OutgoingFrame | undefined;
  #reset: OutgoingFrame | undefined;
  #ackDue = false;
  // Calls due to the consumer.
  #writerWaits = false;
  #drainDue = false;
  #flushedDue = false;
  #closedTold = false;

  constructor(host: StreamHost, beginning: StreamBeginning) {
    const { limits } = host;
    this.#host = host;
    this.id = beginning.id;
    this.priority = beginning.priority;
    this.#open = beginning.open;
    this.#over = beginning.over;
    this.#sendCredit = new SendCredit(beginning.sendCredit);
    this.#receiveCredit = new ReceiveCredit(
      windowOf(beginning.priority, limits),
      beginning.receiveCredit,
    );
    this.#unsent = new ChunkQueue(limits.smallChunk);
    this.#held = new ChunkQueue(limits.smallChunk);
  }

  /** Bytes handed to the carrier. */
  get bytesSent(): number {
    return this.#sendCredit.sent;
  }

  /** Bytes that arrived, delivered or not. */
  get bytesReceived(): number {
    return this.#receiveCredit.received;
  }

  /** Bytes that wait here for the consumer or for the peer's credit. */
  get bytesHeld(): number {
    return this.#held.bytes + this.#unsent.bytes;
  }

  /** Why the stream broke, if it has. */
  get broken(): ChannelBroken | undefined {
    return this.#state.is === 'over' ? this.#state.broken : undefined;
  }

  /** @throws LocalFault `already-started` */
  start(consumer: ChannelConsumer): void {
    if (this.#consumer !== undefined) throw new LocalFault('already-started', `stream ${this.id}`);
    this.#consumer = consumer;
    if (!isOver(this.#state)) {
      // Tells the opener that OPEN was accepted; the first moment at which more credit is given, too.
      this.#ackDue = this.#open === undefined;
      this.#host.urgent(this);
    }
    this.#host.tellLater(this);
  }

  write(chunk: Uint8Array, lease?: Lease): boolean {
    if (!canWrite(this.#state)) return true;
    this.#unsent.push(chunk, lease);
    if (this.#hasData()) this.#host.ready(this);
    if (this.#unsent.bytes < this.#host.limits.streamBacklog) return true;
    this.#writerWaits = true;
    return false;
  }

  end(): void {
    this.#become({ event: 'end-asked' });
    if (this.#hasData()) this.#host.ready(this);
  }

  reset(reason: string): void {
    this.resetWith(RESET_CODE.aborted, reason);
  }

  /**
   * Breaks the stream with a code the peer can tell apart. What was written and not sent is discarded.
   * @param code 1 … 65535 as the program above defines them, or one of {@link RESET_CODE}
   * @throws LocalFault `bad-code`
   */
  resetWith(code: number, reason: string): void {
    checkCode(code);
    if (isOver(this.#state)) return;
    const payload = encodeReason(reason, this.#host.limits.reasonText);
    // The peer never heard of a stream whose OPEN was not sent.
    if (this.#open === undefined) this.#reset = frameOf(FRAME.reset, this.id, code, payload);
    this.breakOff({ by: 'self', code: this.#host.resetWord(code), reason });
    this.#host.urgent(this);
  }

  /** Turns down a stream the peer opened, instead of `start`. */
  refuse(code: number, reason: string): void {
    this.resetWith(code, reason);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#host.tellLater(this);
  }

  // What follows is for the link.

  /** Bytes of a DATA frame. @throws ProtocolFault */
  receiveData(header: FrameHeader, progress: number, slice: Uint8Array, lease?: Lease): void {
    const credit = this.#receiveCredit;
    credit.admit(header.offset, header.length);
    const repeated = credit.receive(header.offset + progress, slice.length);
    if (repeated === slice.length) return;
    const fresh = repeated === 0 ? slice : slice.subarray(repeated);
    if (this.#held.bytes === 0 && this.#consumer !== undefined && !this.#paused) {
      this.#hand(this.#consumer, fresh, lease);
    } else {
      this.#held.push(fresh, lease);
    }
  }

  /** FIN. @throws ProtocolFault */
  receiveFin(final: number): void {
    this.#receiveCredit.finish(final);
    this.#become({ event: 'fin-received' });
    this.#ackDue = true;
    this.#host.urgent(this);
    if (this.#consumer !== undefined) this.#deliver(this.#consumer);
  }

  /** RESET: what was not delivered is discarded. */
  receiveReset(code: number, payload: Uint8Array): void {
    const reason = decodeReason(payload);
    this.breakOff({ by: 'peer', code: this.#host.resetWord(code), reason });
  }

  /** CREDIT. @throws ProtocolFault */
  receiveCredit(limit: number): void {
    this.#sendCredit.grant(limit);
    if (this.#hasData()) this.#host.ready(this);
  }

  /** ACK. @throws ProtocolFault */
  receiveAck(offset: number): void {
    this.#sendCredit.acknowledge(offset);
  }

  /** Ends the stream without a frame. Only the first reason counts. */
  breakOff(broken: ChannelBroken): void {
    this.#become({ event: 'broke', broken });
  }

  takeUrgent(): OutgoingFrame | undefined {
    // At most one of them: a stream that is reset before its OPEN was sent loses it.
    const first = this.#open ?? this.#reset;
    if (first !== undefined) {
      this.#open = undefined;
      this.#reset = undefined;
      return first;
    }
    if (this.#owesCredit()) {
      this.#ackDue = true;
      return frameOf(FRAME.credit, this.id, this.#receiveCredit.grant());
    }
    if (!this.#ackDue) return undefined;
    this.#ackDue = false;
    return frameOf(FRAME.ack, this.id, this.#receiveCredit.acknowledge);
  }

  takeData(most: number): OutgoingFrame | undefined {
    const chunk = this.#unsent.shift(Math.min(most, this.#sendCredit.available));
    if (chunk !== undefined) {
      const lease = this.#unsent.takeLease();
      this.#wakeWriter();
      const { length } = chunk;
      const offset = this.#sendCredit.take(length);
      const header = { type: FRAME.data, flags: 0, offset, stream: this.id, length };
      return { header, payload: chunk, lease };
    }
    if (this.#unsent.bytes > 0 || !owesFin(this.#state)) return undefined;
    const fin = frameOf(FRAME.fin, this.id, this.#sendCredit.finish());
    this.#flushedDue = true;
    this.#become({ event: 'fin-sent' });
    this.#host.tellLater(this);
    return fin;
  }

  /** Makes the calls to the consumer that are due, `closed` last. */
  tell(): void {
    const consumer = this.#consumer;
    if (consumer === undefined || this.#closedTold) return;
    this.#deliver(consumer);
    if (this.#drainDue) {
      this.#drainDue = false;
      if (canWrite(this.#state)) consumer.drain();
    }
    if (this.#flushedDue) {
      this.#flushedDue = false;
      consumer.flushed();
    }
    if (this.#state.is === 'over') {
      this.#closedTold = true;
      consumer.closed(this.#state.broken);
    }
  }

  #deliver(consumer: ChannelConsumer): void {
    while (!this.#paused) {
      const chunk = this.#held.shift(Infinity);
      if (chunk === undefined) break;
      const lease = this.#held.takeLease();
      this.#hand(consumer, chunk, lease);
      lease?.release();
    }
    if (this.#paused || !owesEnd(this.#state)) return;
    this.#become({ event: 'end-told' });
    consumer.end();
  }

  #hand(consumer: ChannelConsumer, chunk: Uint8Array, lease: Lease | undefined): void {
    this.#receiveCredit.consume(chunk.length);
    if (lease === undefined || consumer.borrows === true) consumer.data(chunk, lease);
    else consumer.data(Buffer.from(chunk));
    if (this.#owesCredit()) this.#host.urgent(this);
  }

  #owesCredit(): boolean {
    return canReceive(this.#state) && this.#receiveCredit.owes;
  }

  #hasData(): boolean {
    if (this.#unsent.bytes > 0) return this.#sendCredit.available > 0;
    return owesFin(this.#state);
  }

  #wakeWriter(): void {
    if (!this.#writerWaits) return;
    if (this.#unsent.bytes * 2 >= this.#host.limits.streamBacklog) return;
    this.#writerWaits = false;
    this.#drainDue = true;
    this.#host.tellLater(this);
  }

  /** The only place where the state changes. */
  #become(event: StreamEvent): void {
    const next = nextState(this.#state, event);
    if (next === this.#state) return;
    this.#state = next;
    if (next.is !== 'over') return;
    if (next.broken !== undefined) this.#discard();
    this.#host.over(this);
    this.#over?.(next.broken);
    this.#host.tellLater(this);
  }

  #discard(): void {
    this.#unsent.clear();
    this.#held.clear();
    this.#open = undefined;
    this.#ackDue = false;
  }
}

/** Receive window of a stream, in bytes. */
export function windowOf(priority: Priority, limits: MuxLimits): number {
  return priority === 'control' ? limits.controlWindow : limits.bulkWindow;
}
