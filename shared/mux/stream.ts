/**
 * One stream of a link: a {@link Channel} whose bytes travel as frames. It joins the parts that are pure:
 * state, credit and queues. The link feeds it frames and asks it for frames.
 */
import type { Channel, ChannelBroken, ChannelConsumer } from '../channel.ts';
import type { Lease } from '../lease.ts';
import type { Carrier } from './carrier.ts';
import { checkCode, decodeReason, encodeReason } from './codec.ts';
import { Delivery } from './delivery.ts';
import { LocalFault } from './errors.ts';
import { FRAME, RESET_CODE, type FrameHeader, type OutgoingFrame } from './frame.ts';
import { ReceivingHalf } from './receiving-half.ts';
import type { FrameSource, Priority, Ring } from './ring.ts';
import { SendingHalf } from './sending-half.ts';
import type { StreamBeginning, StreamHost } from './stream-host.ts';
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
import { UrgentFrames, type Receipts } from './urgent-frames.ts';

/**
 * The consumer's calls come as bytes arrive (`data`, `end`) or at the end of the turn (everything else,
 * and what waited for `start` or `resume`). So no consumer is ever called from within its own call to
 * this stream; from within `data` and `end` it may call anything.
 *
 * On a link that resumes, a stream that is over stays with the link until it is *settled*: the peer has
 * acknowledged all that was sent, or the RESET.
 */
export class Stream implements Channel, FrameSource {
  /** Id on the wire; 0 if the link was closed already when it was opened. */
  readonly id: number;
  readonly priority: Priority;
  ring: Ring | undefined;
  readonly #host: StreamHost;
  readonly #sending: SendingHalf;
  readonly #receiving: ReceivingHalf;
  readonly #frames: UrgentFrames;
  readonly #delivery: Delivery;
  readonly #over: ((broken?: ChannelBroken) => void) | undefined;
  #state: StreamState = NEW_STREAM;
  #isSettled = false;
  #ackWaits = false;
  #writerWaits = false;

  constructor(host: StreamHost, beginning: StreamBeginning) {
    const { limits, kept } = host;
    const { id, window, open } = beginning;
    this.#host = host;
    this.id = id;
    this.priority = beginning.priority;
    this.#over = beginning.over;
    const { smallChunk } = limits;
    this.#sending = new SendingHalf({ id, credit: beginning.sendCredit, smallChunk, kept });
    this.#receiving = new ReceivingHalf({
      limits,
      window,
      credit: beginning.receiveCredit,
      reorders: kept !== undefined,
      take: (chunk, lease) => {
        if (!isOver(this.#state)) this.#delivery.take(chunk, lease);
      },
    });
    this.#delivery = new Delivery(this.#receiving.held, {
      consumed: (bytes) => this.#receiving.consume(bytes),
      handed: () => {
        if (this.#owesCredit()) this.#host.urgent(this);
      },
      takeEnd: () => {
        const isOwed = owesEnd(this.#state);
        if (isOwed) this.#become({ event: 'end-told' });
        return isOwed;
      },
    });
    const repeats = kept !== undefined;
    this.#frames = new UrgentFrames(id, { open, repeats, receipts: this.#receipts() });
  }

  /** Bytes handed to carriers, each counted once. */
  get bytesSent(): number {
    return this.#sending.sent;
  }

  /** Bytes that arrived in order, delivered or not. */
  get bytesReceived(): number {
    return this.#receiving.received;
  }

  /** Bytes that wait here for the consumer or for the peer's credit. */
  get bytesHeld(): number {
    return this.#receiving.bytes + this.#sending.unsent;
  }

  /** Receive window, in bytes. */
  get window(): number {
    return this.#receiving.window.size;
  }

  /** The peer is not known to have heard of it: all its frames travel where OPEN did. */
  get isUnconfirmed(): boolean {
    return this.#frames.isUnconfirmed;
  }

  /** Why the stream broke, if it has. */
  get broken(): ChannelBroken | undefined {
    return this.#state.is === 'over' ? this.#state.broken : undefined;
  }

  get isOver(): boolean {
    return isOver(this.#state);
  }

  /** @throws LocalFault `already-started` */
  start(consumer: ChannelConsumer): void {
    if (this.#delivery.hasConsumer) throw new LocalFault('already-started', `stream ${this.id}`);
    this.#delivery.start(consumer);
    if (!isOver(this.#state)) {
      // Tells the opener that OPEN was accepted; the first moment at which more credit is given, too.
      if (!this.#frames.isUnconfirmed) this.#frames.oweAck();
      this.#host.urgent(this);
    }
    this.#host.tellLater(this);
  }

  write(chunk: Uint8Array, lease?: Lease): boolean {
    if (!canWrite(this.#state)) return true;
    this.#sending.write(chunk, lease);
    if (this.#sending.hasData) this.#host.ready(this);
    if (this.#sending.unsent < this.#host.limits.streamBacklog) return true;
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
    this.#frames.breakWith(code, encodeReason(reason, this.#host.limits.reasonText));
    this.breakOff({ by: 'self', code: this.#host.resetWord(code), reason });
    this.#host.urgent(this);
  }

  /** Turns down a stream the peer opened, instead of `start`. */
  refuse(code: number, reason: string): void {
    this.resetWith(code, reason);
  }

  pause(): void {
    this.#delivery.pause();
  }

  resume(): void {
    if (this.#delivery.resume()) this.#host.tellLater(this);
  }

  // What follows is for the link.

  /** Bytes of a DATA frame. @throws ProtocolFault */
  receiveData(header: FrameHeader, progress: number, slice: Uint8Array, lease?: Lease): void {
    this.#confirm();
    if (this.#isBroken()) return;
    this.#receiving.receive(header, progress, slice, lease);
    if (this.#host.kept !== undefined) this.#noteReceipt();
    if (this.#receiving.isComplete) this.#finish();
  }

  /** FIN. @throws ProtocolFault */
  receiveFin(final: number): void {
    this.#confirm();
    if (this.#isBroken()) return;
    this.#receiving.receiveFin(final);
    this.#frames.oweAck();
    this.#host.urgent(this);
    if (this.#receiving.isComplete) this.#finish();
  }

  /** RESET: what was not delivered is discarded. */
  receiveReset(code: number, payload: Uint8Array): void {
    const reason = decodeReason(payload);
    this.breakOff({ by: 'peer', code: this.#host.resetWord(code), reason });
    this.#settle();
  }

  /**
   * GONE: the peer keeps nothing of it. If it has sent its end, that is because it has ours as well; what
   * waits here for the consumer is good.
   */
  receiveGone(): void {
    if (this.#sending.hasEnded && this.#receiving.isComplete && !this.#isBroken()) {
      this.#sending.confirm();
      this.#settleIfDone();
      return;
    }
    this.breakOff({ by: 'peer', code: this.#host.resetWord(RESET_CODE.aborted), reason: 'gone' });
    this.#settle();
  }

  /** CREDIT. @throws ProtocolFault */
  receiveCredit(limit: number): void {
    this.#confirm();
    this.#sending.grant(limit);
    if (this.#hasData()) this.#host.ready(this);
  }

  /** ACK. @throws ProtocolFault */
  receiveAck(offset: number): void {
    this.#confirm();
    if (this.#isBroken()) return;
    this.#sending.acknowledge(offset, this.#host.arrived);
    this.#settleIfDone();
  }

  /** Ends the stream without a frame. Only the first reason counts. */
  breakOff(broken: ChannelBroken): void {
    this.#become({ event: 'broke', broken });
  }

  /** The link is over: nobody is left to confirm anything. */
  abandon(): void {
    this.#settle();
  }

  /** A carrier has ended: what was on it is sent again. @returns how many bytes */
  loseCarrier(carrier: Carrier): number {
    if (this.#isBroken()) {
      this.#frames.repeatReset();
      return 0;
    }
    return this.#sending.lose(carrier);
  }

  /** What was said on a carrier that has ended is said again: OPEN, RESET, CREDIT and ACK. */
  restate(): void {
    // Before it was accepted nothing is granted beyond what the opener assumes.
    const credit = this.#delivery.hasConsumer && canReceive(this.#state);
    this.#frames.repeat({ ack: !this.#isBroken(), credit });
  }

  /** Whether {@link takeData} has something to give. */
  get isReady(): boolean {
    return this.#hasData();
  }

  /** Whether something that was sent on a carrier is not acknowledged. */
  isUnderWayOn(carrier: Carrier): boolean {
    return this.#sending.isUnderWayOn(carrier);
  }

  /** Says what was received and not acknowledged yet. */
  owedAck(): void {
    this.#ackWaits = false;
    if (isOver(this.#state) || !this.#receiving.owesAck) return;
    this.#frames.oweAck();
    this.#host.urgent(this);
  }

  /** Nothing came for a while: its window goes back to what it began with. */
  rest(): void {
    this.#receiving.rest();
  }

  takeUrgent(): OutgoingFrame | undefined {
    const frame = this.#frames.take();
    // Where nothing resumes RESET is not answered.
    const isLast = frame?.header.type === FRAME.reset && this.#host.kept === undefined;
    if (isLast) this.#settle();
    return frame;
  }

  takeData(most: number, carrier: Carrier): OutgoingFrame | undefined {
    const data = this.#sending.take(most, carrier);
    if (data !== undefined) {
      this.#wakeWriter();
      return data;
    }
    if (this.#sending.waitsForRoom) this.#host.waitForRoom(this);
    if (!this.#owesFin()) return undefined;
    const fin = this.#sending.takeFin();
    if (fin === undefined || !owesFin(this.#state)) return fin;
    this.#delivery.oweFlushed();
    this.#become({ event: 'fin-sent' });
    this.#host.tellLater(this);
    return fin;
  }

  /** Makes the calls to the consumer that are due. */
  tell(): void {
    this.#delivery.tell(() => ({
      canWrite: canWrite(this.#state),
      over: this.#state.is === 'over' ? this.#state : undefined,
    }));
  }

  #confirm(): void {
    if (this.#frames.confirm()) this.#host.confirmed(this);
  }

  /** An ACK goes with the next CREDIT. If nothing is consumed it goes by itself, small amounts at the next tick. */
  #noteReceipt(): void {
    if (this.#receiving.owesAckNow) {
      this.#frames.oweAck();
      this.#host.urgent(this);
    } else if (!this.#ackWaits && this.#receiving.owesAck) {
      this.#ackWaits = true;
      this.#host.ackLater(this);
    }
  }

  /** FIN came, and everything before it. */
  #finish(): void {
    if (!canReceive(this.#state)) return;
    this.#become({ event: 'fin-received' });
    this.#frames.oweAck();
    this.#host.urgent(this);
    this.#delivery.deliver();
  }

  #receipts(): Receipts {
    const owesCredit = (): boolean => this.#owesCredit();
    return {
      get owesCredit() {
        return owesCredit();
      },
      grant: () => {
        const host = this.#host;
        const limit = this.#receiving.grant(host.now(), host.roundTrip());
        if (this.#receiving.window.hasGrown) host.windowGrew(this);
        return limit;
      },
      acknowledge: () => this.#receiving.acknowledge(),
    };
  }

  #owesCredit(): boolean {
    return canReceive(this.#state) && this.#receiving.owesCredit;
  }

  #owesFin(): boolean {
    return owesFin(this.#state) || this.#sending.hasLostFin;
  }

  #hasData(): boolean {
    if (this.#sending.hasData) return true;
    return this.#sending.unsent === 0 && this.#owesFin();
  }

  #wakeWriter(): void {
    if (!this.#writerWaits) return;
    if (this.#sending.unsent * 2 >= this.#host.limits.streamBacklog) return;
    this.#writerWaits = false;
    this.#delivery.oweDrain();
    this.#host.tellLater(this);
  }

  #isBroken(): boolean {
    return this.#state.is === 'over' && this.#state.broken !== undefined;
  }

  /** The only place where the state changes. */
  #become(event: StreamEvent): void {
    const next = nextState(this.#state, event);
    if (next === this.#state) return;
    this.#state = next;
    if (!canReceive(next)) {
      this.#receiving.close();
      this.#frames.oweNoCredit();
    }
    if (next.is !== 'over') return;
    if (next.broken !== undefined) this.#discard();
    this.#host.over(this);
    this.#over?.(next.broken);
    this.#host.tellLater(this);
    this.#settleIfDone();
  }

  #discard(): void {
    this.#sending.discard();
    this.#receiving.discard();
    this.#frames.discard();
  }

  #settleIfDone(): void {
    if (this.#state.is !== 'over') return;
    const isDone = this.#isBroken() ? !this.#frames.hasReset : this.#sending.hasArrived;
    if (isDone) this.#settle();
  }

  #settle(): void {
    this.#frames.settle();
    if (this.#isSettled) return;
    this.#isSettled = true;
    // What the last ACKs said may be lost with their carrier.
    this.#sending.discard();
    this.#host.settled(this);
  }
}
