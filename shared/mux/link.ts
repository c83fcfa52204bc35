/**
 * A link: the streams between an agent and a relay, and what carries them. This is the only stateful
 * edge of the multiplexer; it owns no timer and no socket. At present it has one carrier, and does not
 * outlive it.
 */
import process from 'node:process';
import type { ChannelBroken } from '../channel.ts';
import type { Lease } from '../lease.ts';
import type { Carrier } from './carrier.ts';
import { FrameDecoder, checkCode, decodeReason, encodeHeader, encodeReason } from './codec.ts';
import { LocalFault, ProtocolFault } from './errors.ts';
import {
  FLAG_CONTROL,
  FRAME,
  RESET_CODE,
  RESET_WORDS,
  frameOf,
  type FrameHeader,
  type MuxLimits,
  type OutgoingFrame,
} from './frame.ts';
import type { CarrierFacts, LinkFacts } from './link-facts.ts';
import { checkedLimits, type LinkClosed, type LinkOptions } from './link-options.ts';
import { Liveness } from './liveness.ts';
import { Scheduler, type Priority } from './scheduler.ts';
import { StreamIds } from './stream-ids.ts';
import { Turn } from './turn.ts';
import { Stream, windowOf, type StreamHost } from './stream.ts';

/** WebSocket close codes (RFC 6455 section 7.4.1). */
const CLOSE_NORMAL = 1000;
const CLOSE_PROTOCOL_ERROR = 1002;

/** `unattached` → `open` → `closed`, or at once to `closed`, which is never left. */
type LinkState =
  | { readonly is: 'unattached' }
  | { readonly is: 'open'; readonly carrier: Carrier; readonly liveness: Liveness }
  | { readonly is: 'closed'; readonly why: LinkClosed };

export class Link {
  readonly #options: LinkOptions;
  readonly #limits: MuxLimits;
  readonly #ids: StreamIds;
  readonly #scheduler: Scheduler;
  readonly #decoder: FrameDecoder;
  readonly #turn: Turn;
  readonly #streams = new Map<number, Stream>();
  readonly #host: StreamHost;
  #state: LinkState = { is: 'unattached' };
  /** Streams in {@link #streams} that the peer opened. */
  #ofPeer = 0;
  #refused = 0;
  #sentGoAway = false;
  #heardGoAway: { code: number; reason: string } | undefined;
  /** Frames are being read or handed on: more to send is taken up when that is done. */
  #busy = false;

  /** @throws LocalFault `bad-limits` */
  constructor(options: LinkOptions) {
    this.#options = options;
    this.#limits = checkedLimits(options.limits);
    this.#turn = new Turn(options.defer ?? ((run) => process.nextTick(run)));
    this.#ids = new StreamIds(options.side);
    this.#scheduler = new Scheduler(this.#limits);
    this.#decoder = new FrameDecoder(
      {
        frame: (header, payload) => this.#receive(header, payload),
        data: (header, progress, slice, lease) =>
          this.#find(header)?.receiveData(header, progress, slice, lease),
      },
      this.#limits,
    );
    this.#host = {
      limits: this.#limits,
      urgent: (stream) => {
        this.#scheduler.urgent(stream);
        this.#pump();
      },
      ready: (stream) => {
        this.#scheduler.ready(stream);
        this.#pump();
      },
      tellLater: (stream) => this.#turn.tellLater(stream),
      over: (stream) => this.#forget(stream),
      resetWord: (code) =>
        options.resetCodes?.get(code) ?? RESET_WORDS.get(code) ?? `reset-${code}`,
    };
  }

  /** Streams that are not over. */
  get streamCount(): number {
    return this.#streams.size;
  }

  /** Milliseconds from the last answered PING to its PONG, queues included. */
  get roundTrip(): number | undefined {
    return this.#live()?.roundTrip;
  }

  /** What is to be seen of it now. */
  get facts(): LinkFacts {
    const carriers = this.#state.is === 'open' ? [this.#carrierFacts(this.#state)] : [];
    return {
      carriers,
      waitingSince: undefined,
      carriersLost: this.#state.is === 'closed' ? 1 : 0,
      resumes: 0,
      stalls: 0,
      resent: 0,
      windows: 0,
      largestWindow: 0,
      unacknowledged: 0,
    };
  }

  #carrierFacts({ carrier, liveness }: Extract<LinkState, { is: 'open' }>): CarrierFacts {
    const { backlog } = carrier;
    return { id: 1, since: 0, roundTrip: liveness.roundTrip, backlog, sent: 0, received: 0 };
  }

  /** Why the link ended, if it has. */
  get closed(): LinkClosed | undefined {
    return this.#state.is === 'closed' ? this.#state.why : undefined;
  }

  /** Begins to use a carrier; streams opened before are sent now. @throws LocalFault `already-attached` */
  attach(carrier: Carrier): void {
    if (this.#state.is !== 'unattached') throw new LocalFault('already-attached', this.#state.is);
    const liveness = new Liveness(this.#limits, this.#options.clock());
    this.#state = { is: 'open', carrier, liveness };
    carrier.start({
      bytes: (chunk, lease) => this.#bytes(chunk, lease),
      drain: () => this.#pump(),
      closed: (reason) => this.#finish({ by: 'carrier', code: 'link-lost', reason }, () => {}),
    });
    this.#pump();
  }

  /**
   * Opens a stream. It may be written to at once. If the link cannot open one, the stream it returns is
   * broken already and says so to its consumer: `link-lost`, `going-away`, `too-many-streams`.
   * @param options.over called once when the stream is over, whether or not anybody consumes it
   * @param request opaque to the link; at most `controlPayload` bytes
   * @throws LocalFault `request-too-large`
   */
  open(
    request: Uint8Array,
    options: { priority: Priority; over?: (broken?: ChannelBroken) => void },
  ): Stream {
    if (request.length > this.#limits.controlPayload) {
      throw new LocalFault('request-too-large', `${request.length} bytes`);
    }
    const { priority, over } = options;
    const obstacle = this.#obstacle();
    const id = obstacle === undefined ? this.#ids.take() : undefined;
    const receiveCredit = windowOf(priority, this.#limits);
    const sendCredit = this.#limits.initialCredit;
    const beginning = { priority, sendCredit, receiveCredit, over };
    if (id === undefined) {
      const stillborn = new Stream(this.#host, { ...beginning, id: 0 });
      stillborn.breakOff(
        obstacle ?? { by: 'self', code: 'link-lost', reason: 'no stream id left' },
      );
      return stillborn;
    }
    const flags = priority === 'control' ? FLAG_CONTROL : 0;
    const open = frameOf(FRAME.open, id, receiveCredit, request, flags);
    const stream = new Stream(this.#host, { ...beginning, id, open });
    this.#streams.set(id, stream);
    this.#host.urgent(stream);
    return stream;
  }

  /** To be called about once a second while a carrier is attached: sends PING, notices a dead carrier. */
  tick(): void {
    if (this.#state.is !== 'open') return;
    const now = this.#options.clock();
    const verdict = this.#state.liveness.check(now);
    if (verdict === 'dead') {
      const reason = `nothing heard for ${this.#limits.deadAfter} ms`;
      this.#finish({ by: 'carrier', code: 'link-lost', reason }, (carrier) => carrier.terminate());
    } else if (verdict === 'ping') {
      this.#scheduler.link(frameOf(FRAME.ping, 0, this.#state.liveness.token));
      this.#pump();
    }
  }

  /**
   * Tells the peer to open no more streams. Those that are open go on. Only the first call counts.
   * @param code 0 (an orderly departure), or 1 … 65535 as the program above defines them
   * @throws LocalFault `bad-code`
   */
  goAway(code: number, reason: string): void {
    checkCode(code);
    if (this.#sentGoAway || this.#state.is === 'closed') return;
    this.#sentGoAway = true;
    const frame = frameOf(FRAME.goAway, 0, code, encodeReason(reason, this.#limits.reasonText));
    // Past the backlog's bound, so that it is sent even if `close` follows at once.
    if (this.#state.is === 'open') this.#send(this.#state.carrier, frame);
    else this.#scheduler.link(frame);
  }

  /**
   * Ends the link and breaks every stream. Idempotent; only the first reason counts.
   * @param code stable word the consumers get in `ChannelBroken.code`
   */
  close(code = 'link-lost', reason = 'the link was closed'): void {
    this.#finish({ by: 'self', code, reason }, (carrier) => carrier.close(CLOSE_NORMAL, reason));
  }

  #live(): Liveness | undefined {
    return this.#state.is === 'open' ? this.#state.liveness : undefined;
  }

  /** Why no stream can be opened now. */
  #obstacle(): ChannelBroken | undefined {
    if (this.#state.is === 'closed') {
      return { by: 'carrier', code: this.#state.why.code, reason: this.#state.why.reason };
    }
    if (this.#heardGoAway !== undefined) {
      return { by: 'peer', code: 'going-away', reason: this.#heardGoAway.reason };
    }
    if (this.#streams.size - this.#ofPeer >= this.#limits.streams) {
      return { by: 'self', code: 'too-many-streams', reason: `${this.#limits.streams} are open` };
    }
    return undefined;
  }

  // Incoming.

  #bytes(chunk: Uint8Array, lease: Lease | undefined): void {
    if (this.#state.is !== 'open') return;
    this.#state.liveness.received(this.#options.clock());
    this.#busy = true;
    try {
      this.#decoder.push(chunk, lease);
    } catch (error) {
      if (!(error instanceof ProtocolFault)) throw error;
      this.#fail(error);
    } finally {
      this.#busy = false;
    }
    this.#pump();
  }

  #receive(header: FrameHeader, payload: Uint8Array): void {
    switch (header.type) {
      case FRAME.open:
        return this.#receiveOpen(header, payload);
      case FRAME.ping:
        return this.#scheduler.link(frameOf(FRAME.pong, 0, header.offset));
      case FRAME.pong:
        return this.#live()?.answered(header.offset, this.#options.clock());
      case FRAME.goAway:
        return this.#receiveGoAway(header.offset, decodeReason(payload));
      case FRAME.fin:
        return this.#find(header)?.receiveFin(header.offset);
      case FRAME.reset:
        return this.#find(header)?.receiveReset(header.offset, payload);
      case FRAME.credit:
        return this.#find(header)?.receiveCredit(header.offset);
      case FRAME.ack:
        return this.#find(header)?.receiveAck(header.offset);
      case FRAME.data:
        return undefined;
    }
  }

  /** The stream of a frame; undefined if it is gone, and the frame with it. @throws ProtocolFault */
  #find(header: FrameHeader): Stream | undefined {
    const stream = this.#streams.get(header.stream);
    if (stream === undefined && !this.#ids.wasUsed(header.stream)) {
      throw new ProtocolFault('stream-never-opened', String(header.stream));
    }
    return stream;
  }

  #receiveOpen(header: FrameHeader, request: Uint8Array): void {
    const id = header.stream;
    this.#ids.admit(id);
    if (this.#sentGoAway) return this.#refuse(id, RESET_CODE.goingAway, 'going away');
    if (this.#ofPeer >= this.#limits.streams) {
      return this.#refuse(id, RESET_CODE.refused, 'too many streams');
    }
    const stream = new Stream(this.#host, {
      id,
      priority: (header.flags & FLAG_CONTROL) === 0 ? 'bulk' : 'control',
      sendCredit: header.offset,
      receiveCredit: this.#limits.initialCredit,
    });
    this.#streams.set(id, stream);
    this.#ofPeer += 1;
    this.#options.onOpen(stream, request);
    return undefined;
  }

  #refuse(id: number, code: number, reason: string): void {
    this.#refused += 1;
    if (this.#refused > this.#limits.refusedOpens) {
      throw new ProtocolFault('too-many-opens', `${this.#refused} refused`);
    }
    const payload = encodeReason(reason, this.#limits.reasonText);
    this.#scheduler.refuse(frameOf(FRAME.reset, id, code, payload));
  }

  #receiveGoAway(code: number, reason: string): void {
    if (this.#heardGoAway !== undefined) return;
    this.#heardGoAway = { code, reason };
    this.#options.onGoAway(code, reason);
  }

  // Outgoing.

  /** Hands frames to the carrier as long as little enough waits there. */
  #pump(): void {
    if (this.#busy || this.#state.is !== 'open') return;
    const { carrier } = this.#state;
    this.#busy = true;
    try {
      while (carrier.backlog < this.#limits.carrierBacklog) {
        const frame = this.#scheduler.next();
        if (frame === undefined) break;
        this.#send(carrier, frame);
      }
    } finally {
      this.#busy = false;
    }
  }

  #send(carrier: Carrier, frame: OutgoingFrame): void {
    this.#turn.cork(carrier);
    carrier.send(encodeHeader(frame.header), frame.payload, frame.lease);
    frame.lease?.release();
  }

  // The end.

  #forget(stream: Stream): void {
    this.#scheduler.discard(stream);
    if (this.#streams.delete(stream.id) && !this.#ids.isOwn(stream.id)) this.#ofPeer -= 1;
  }

  #fail(fault: ProtocolFault): void {
    if (this.#state.is !== 'open') return;
    const reason = encodeReason(fault.message, this.#limits.reasonText);
    this.#send(this.#state.carrier, frameOf(FRAME.goAway, 0, fault.goAway, reason));
    this.#finish({ by: 'peer', code: fault.code, reason: fault.message }, (carrier) =>
      carrier.close(CLOSE_PROTOCOL_ERROR, fault.message),
    );
  }

  /** The one way out: every end of the link comes through here, and only the first counts. */
  #finish(why: LinkClosed, leave: (carrier: Carrier) => void): void {
    const before = this.#state;
    if (before.is === 'closed') return;
    this.#state = { is: 'closed', why };
    this.#decoder.stop();
    // Bulk before control: who loses the control connection of an upload first may take what he has of
    // the upload for the whole.
    for (const stream of [...this.#streams.values()].toSorted((a, b) => rank(a) - rank(b))) {
      stream.breakOff({ by: 'carrier', code: why.code, reason: why.reason });
    }
    this.#turn.uncork();
    if (before.is === 'open') leave(before.carrier);
    this.#turn.afterAll(() => this.#options.onClosed(why));
  }
}

/** Order in which streams are broken off. */
function rank(stream: Stream): number {
  return stream.priority === 'bulk' ? 0 : 1;
}
