/**
 * A link: the streams between an agent and a relay, and the carriers they travel on. This is the only
 * stateful edge of the multiplexer; it owns no timer and no socket. If both ends agreed on it, it outlives
 * its carriers: what a lost one had on it is sent again on another.
 */
import process from 'node:process';
import type { ChannelBroken } from '../channel.ts';
import type { Lease } from '../lease.ts';
import { MUX_PACE } from '../limits.ts';
import { Carriage, type Farewell } from './carriage.ts';
import type { Carrier } from './carrier.ts';
import { checkCode, encodeReason } from './codec.ts';
import { LocalFault, ProtocolFault } from './errors.ts';
import {
  FLAG_CONTROL,
  FRAME,
  RESET_WORDS,
  frameOf,
  type MuxLimits,
  type OutgoingFrame,
} from './frame.ts';
import type { Lane } from './lane.ts';
import type { LinkFacts } from './link-facts.ts';
import { checkedLimits, type LinkClosed, type LinkOptions } from './link-options.ts';
import { Reception } from './reception.ts';
import type { Priority } from './ring.ts';
import { KeptBytes } from './sent-log.ts';
import { StreamIds } from './stream-ids.ts';
import type { StreamHost } from './stream-host.ts';
import { Stream } from './stream.ts';
import { Streams } from './streams.ts';
import { Transmitter } from './transmitter.ts';
import { Turn } from './turn.ts';
import { Upkeep } from './upkeep.ts';
import { Window, WindowBudget } from './window.ts';

/** WebSocket close codes (RFC 6455 section 7.4.1). */
const CLOSE_NORMAL = 1000;
const CLOSE_PROTOCOL_ERROR = 1002;

/**
 * - `new`: it has had no carrier yet.
 * - `open`: it has at least one. Left when the last is lost, to `waiting` if it resumes.
 * - `waiting`: it has none, and waits for one until its grace is over.
 * - `closed`: never left.
 */
type LinkState =
  | { readonly is: 'new' | 'open' }
  | { readonly is: 'waiting'; readonly since: number; readonly reason: string }
  | { readonly is: 'closed'; readonly why: LinkClosed };

export class Link {
  readonly #options: LinkOptions;
  readonly #limits: MuxLimits;
  readonly #ids: StreamIds;
  readonly #turn: Turn;
  readonly #transmitter: Transmitter;
  readonly #streams = new Streams();
  readonly #reception: Reception;
  readonly #carriage: Carriage;
  readonly #upkeep = new Upkeep();
  readonly #budget: WindowBudget;
  readonly #kept: KeptBytes | undefined;
  readonly #host: StreamHost;
  #state: LinkState = { is: 'new' };
  #goAway: OutgoingFrame | undefined;
  #heardGoAway: { code: number; reason: string } | undefined;
  /** Times the last carrier was lost and another came. */
  #resumed = 0;
  /** Bytes of DATA that went either way, and at the last tick. */
  #moved = 0;
  #movedBefore = 0;

  /** @throws LocalFault `bad-limits` */
  constructor(options: LinkOptions) {
    this.#options = options;
    this.#limits = checkedLimits(options.limits);
    this.#turn = new Turn(options.defer ?? ((run) => process.nextTick(run)));
    this.#ids = new StreamIds(options.side);
    this.#budget = new WindowBudget(this.#limits.linkWindows, options.windows);
    this.#kept = this.#resumes ? new KeptBytes(this.#limits.linkWindows) : undefined;
    this.#transmitter = new Transmitter({
      limits: this.#limits,
      turn: this.#turn,
      clock: options.clock,
      released: () => this.#upkeep.takeReady(this.#kept),
      sent: (bytes) => this.#noteMoved(bytes),
    });
    this.#host = this.#hostOfStreams();
    this.#reception = this.#newReception();
    this.#carriage = new Carriage({
      limits: this.#limits,
      resumes: this.#resumes,
      clock: options.clock,
      transmitter: this.#transmitter,
      streams: this.#streams,
      sinkOf: (lane) => this.#reception.sinkOf(lane),
      bytes: (lane, chunk, lease) => this.#bytes(lane, chunk, lease),
      lost: (why) => this.#lost(why),
    });
  }

  /** Streams that are not over. */
  get streamCount(): number {
    return this.#streams.live;
  }

  /** Streams that are over and wait for the peer to confirm what was sent last. */
  get lingering(): number {
    return this.#streams.size - this.#streams.live;
  }

  /** Milliseconds from the last answered PING to its PONG on the lead, queues included. */
  get roundTrip(): number | undefined {
    return this.#transmitter.lanes.lead?.liveness.roundTrip;
  }

  /** Whether it has lost its last carrier and waits for another. */
  get isWaiting(): boolean {
    return this.#state.is === 'waiting';
  }

  /** Whether a carrier is one of its. */
  has(carrier: Carrier): boolean {
    return this.#transmitter.lanes.of(carrier) !== undefined;
  }

  /**
   * Whether it should be replaced by another, as this side has hardly a stream id left: at once, or when
   * nothing is under way. A link that lives for months gets there.
   */
  get isWornOut(): boolean {
    const { left } = this.#ids;
    return left < MUX_PACE.lastIds || (left < MUX_PACE.fewIds && this.#streams.live <= 1);
  }

  get carrierCount(): number {
    return this.#transmitter.lanes.count;
  }

  /** Bytes that came and went so far, control included. */
  get moved(): number {
    return this.#moved;
  }

  /** Why the link ended, if it has. */
  get closed(): LinkClosed | undefined {
    return this.#state.is === 'closed' ? this.#state.why : undefined;
  }

  /** What is to be seen of it now. */
  get facts(): LinkFacts {
    const { windows } = this.#streams;
    return {
      ...this.#carriage.facts,
      waitingSince: this.#state.is === 'waiting' ? this.#state.since : undefined,
      resumes: this.#resumed,
      windows: windows.all,
      largestWindow: windows.largest,
      unacknowledged: this.#kept?.bytes ?? 0,
    };
  }

  /**
   * Begins to use a carrier; what waits is sent now. One that is too many takes the place of the one that
   * was heard least lately; a link that is closed ends it.
   * @throws LocalFault `already-attached` if the link does not resume and has had one
   */
  attach(carrier: Carrier): void {
    const state = this.#state;
    if (!this.#resumes && state.is !== 'new') throw new LocalFault('already-attached', state.is);
    if (state.is === 'closed') return carrier.terminate();
    this.#state = { is: 'open' };
    const streams = this.#streams.all();
    this.#carriage.add(carrier, () => {
      if (state.is !== 'open') this.#transmitter.restate(streams);
      else for (const stream of streams) this.#transmitter.place(stream);
    });
    if (state.is === 'waiting') {
      this.#resumed += 1;
      this.#options.onResumed?.(this.#options.clock() - state.since);
    }
    return undefined;
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
    const window = this.#windowFor(priority);
    const { initialCredit: sendCredit } = this.#limits;
    const beginning = { priority, window, receiveCredit: window.size, sendCredit, over };
    if (id === undefined) {
      const stillborn = new Stream(this.#host, { ...beginning, id: 0 });
      stillborn.breakOff(
        obstacle ?? { by: 'self', code: 'link-lost', reason: 'no stream id left' },
      );
      return stillborn;
    }
    const flags = priority === 'control' ? FLAG_CONTROL : 0;
    const open = frameOf(FRAME.open, id, window.size, request, flags);
    const stream = new Stream(this.#host, { ...beginning, id, open });
    this.#streams.add(stream, 'self');
    this.#transmitter.lanes.place(stream);
    this.#host.urgent(stream);
    return stream;
  }

  /** To be called about once a second: sends PING, notices dead carriers, and the end of the grace. */
  tick(): void {
    if (this.#state.is === 'closed') return;
    const now = this.#options.clock();
    this.#carriage.check(now);
    const state: LinkState = this.#state;
    if (state.is === 'waiting' && now - state.since >= (this.#options.grace ?? 0)) {
      this.#finish({ by: 'carrier', code: 'link-lost', reason: state.reason }, CLOSE_NORMAL);
      return;
    }
    this.#movedBefore = this.#moved;
    this.#transmitter.gather(() => this.#upkeep.tick(now, this.#limits.windowIdle));
  }

  /** The network has changed: a carrier that shows no life within `milliseconds` is given up. */
  doubt(milliseconds: number): void {
    this.#carriage.doubt(milliseconds);
  }

  /** Closes up to so many carriers that nothing needs now, which is no loss; one is always kept. */
  retire(count: number): void {
    this.#carriage.retire(count);
  }

  /**
   * Tells the peer to open no more streams. Those that are open go on. Only the first call counts.
   * @param code 0 (an orderly departure), or 1 … 65535 as the program above defines them
   * @throws LocalFault `bad-code`
   */
  goAway(code: number, reason: string): void {
    checkCode(code);
    if (this.#goAway !== undefined || this.#state.is === 'closed') return;
    const frame = this.#frameWithReason(FRAME.goAway, code, reason);
    this.#goAway = frame;
    const { lead } = this.#transmitter.lanes;
    // Past the backlog's bound, so that it is sent even if `close` follows at once.
    if (lead === undefined) this.#transmitter.scheduler.link(frame);
    else this.#transmitter.sendNow(lead, frame);
  }

  /**
   * Ends the link, for good, and breaks every stream. Idempotent; only the first reason counts.
   * @param code stable word the consumers get in `ChannelBroken.code`
   * @param number what the peer is told, if the link resumes: 0, or 1 … 65535 as the program above defines
   */
  close(code = 'link-lost', reason = 'the link was closed', number = 0): void {
    this.#sendClose(number, reason);
    this.#finish({ by: 'self', code, reason }, CLOSE_NORMAL);
  }

  get #resumes(): boolean {
    return (this.#options.grace ?? 0) > 0;
  }

  #newReception(): Reception {
    const { clock, onOpen, onGoAway, closeCodes } = this.#options;
    return new Reception({
      limits: this.#limits,
      resumes: this.#resumes,
      ids: this.#ids,
      streams: this.#streams,
      scheduler: this.#transmitter.scheduler,
      clock,
      create: (beginning) =>
        new Stream(this.#host, { ...beginning, window: this.#windowFor(beginning.priority) }),
      opened: (stream, request) => {
        this.#transmitter.lanes.place(stream);
        onOpen(stream, request);
      },
      isLeaving: () => this.#goAway !== undefined,
      goAway: (code, reason) => {
        if (this.#heardGoAway !== undefined) return;
        this.#heardGoAway = { code, reason };
        onGoAway(code, reason);
      },
      closed: (number, reason) => {
        const code = closeCodes?.get(number) ?? 'link-lost';
        this.#finish({ by: 'peer', code, reason, number }, CLOSE_NORMAL);
      },
    });
  }

  #hostOfStreams(): StreamHost {
    const { resetCodes, clock } = this.#options;
    const { lanes, scheduler } = this.#transmitter;
    return {
      limits: this.#limits,
      kept: this.#kept,
      now: clock,
      roundTrip: () => lanes.roundTrip,
      urgent: (stream) => {
        scheduler.urgent(stream);
        this.#transmitter.pump();
      },
      ready: (stream) => {
        stream.ring?.add(stream);
        this.#transmitter.pump();
      },
      waitForRoom: (stream) => this.#upkeep.waitForRoom(stream),
      ackLater: (stream) => this.#upkeep.ackLater(stream),
      windowGrew: (stream) => this.#upkeep.windowGrew(stream),
      arrived: (carrier) => lanes.of(carrier)?.liveness.arrived(clock()),
      confirmed: (stream) => this.#transmitter.place(stream),
      tellLater: (stream) => this.#turn.tellLater(stream),
      over: (stream) => this.#streams.over(stream),
      settled: (stream) => {
        lanes.leave(stream);
        this.#upkeep.forget(stream);
        this.#streams.remove(stream);
      },
      resetWord: (code) => resetCodes?.get(code) ?? RESET_WORDS.get(code) ?? `reset-${code}`,
    };
  }

  #windowFor(priority: Priority): Window {
    const { initialCredit: least, bulkWindow: first, controlWindow, mostWindow } = this.#limits;
    const limits =
      priority === 'control'
        ? { least: controlWindow, first: controlWindow, most: controlWindow }
        : { least, first, most: Math.max(first, mostWindow) };
    return new Window(limits, this.#budget);
  }

  /** Why no stream can be opened now. */
  #obstacle(): ChannelBroken | undefined {
    if (this.#state.is === 'closed') {
      return { by: 'carrier', code: this.#state.why.code, reason: this.#state.why.reason };
    }
    if (this.#heardGoAway !== undefined) {
      return { by: 'peer', code: 'going-away', reason: this.#heardGoAway.reason };
    }
    if (this.#streams.openedBy('self') >= this.#limits.streams) {
      return { by: 'self', code: 'too-many-streams', reason: `${this.#limits.streams} are open` };
    }
    return undefined;
  }

  #bytes(lane: Lane, chunk: Uint8Array, lease: Lease | undefined): void {
    if (this.#state.is === 'closed') return;
    this.#noteMoved(chunk.length);
    this.#transmitter.gather(() => {
      try {
        lane.push(chunk, lease, this.#options.clock());
      } catch (error) {
        if (!(error instanceof ProtocolFault)) throw error;
        this.#fail(lane, error);
      }
    });
  }

  #noteMoved(bytes: number): void {
    const before = this.#moved - this.#movedBefore;
    this.#moved += bytes;
    const isBusy = before < MUX_PACE.busy && before + bytes >= MUX_PACE.busy;
    if (isBusy) this.#options.onBusy?.();
  }

  /** A carrier is gone, and what it had was taken care of; this may have been the last. */
  #lost({ reason, retired, left }: { reason: string; retired: boolean; left: number }): void {
    if (!this.#resumes) {
      this.#finish({ by: 'carrier', code: 'link-lost', reason }, CLOSE_NORMAL);
      return;
    }
    if (left === 0) this.#state = { is: 'waiting', since: this.#options.clock(), reason };
    if (this.#goAway !== undefined) this.#transmitter.scheduler.link(this.#goAway);
    if (!retired) this.#options.onCarrierLost?.({ reason, left });
  }

  #fail(lane: Lane, fault: ProtocolFault): void {
    if (this.#state.is !== 'open') return;
    const { message, goAway, code } = fault;
    if (this.#resumes) this.#sendClose(goAway, message);
    else this.#transmitter.sendNow(lane, this.#frameWithReason(FRAME.goAway, goAway, message));
    this.#finish({ by: 'peer', code, reason: message }, CLOSE_PROTOCOL_ERROR);
  }

  /** On every carrier, as any of them may be the one that still works. */
  #sendClose(number: number, reason: string): void {
    if (!this.#resumes || this.#state.is !== 'open') return;
    this.#carriage.broadcast(() => this.#frameWithReason(FRAME.close, number, reason));
  }

  #frameWithReason(type: Farewell, code: number, reason: string): OutgoingFrame {
    return frameOf(type, 0, code, encodeReason(reason, this.#limits.reasonText));
  }

  /** The one way out: every end of the link comes through here, and only the first counts. */
  #finish(why: LinkClosed, webSocketCode: number): void {
    if (this.#state.is === 'closed') return;
    this.#state = { is: 'closed', why };
    this.#carriage.close(webSocketCode, why.reason, () => {
      // Bulk before control: who loses the control connection of an upload first may take what he has of
      // the upload for the whole.
      for (const stream of this.#streams.all().toSorted((a, b) => rank(a) - rank(b))) {
        stream.breakOff({ by: 'carrier', code: why.code, reason: why.reason });
        stream.abandon();
      }
      this.#turn.uncork();
    });
    this.#turn.afterAll(() => this.#options.onClosed(why));
  }
}

/** Order in which streams are broken off. */
function rank(stream: Stream): number {
  return stream.priority === 'bulk' ? 0 : 1;
}
