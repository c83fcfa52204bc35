/** One carrier in its link: what came on it, what waits for it, how it does. */
import type { Lease } from '../lease.ts';
import type { Carrier } from './carrier.ts';
import { FrameDecoder, encodeHeader, type FrameSink } from './codec.ts';
import { FRAME, HEADER_BYTES, frameOf, type MuxLimits, type OutgoingFrame } from './frame.ts';
import type { CarrierFacts } from './link-facts.ts';
import { Liveness } from './liveness.ts';
import { Outlet } from './scheduler.ts';

/** Round trips below this, in milliseconds, are a path on which one carrier is as fast as several. */
const SHORT_PATH = 5;
/** How much longer a carrier has to be without room there, before others are used as well. */
const SHORT_PATH_PATIENCE = 20;

export class Lane {
  /** Counts the carriers of a link, from 1. */
  readonly id: number;
  readonly carrier: Carrier;
  readonly outlet: Outlet;
  readonly liveness: Liveness;
  readonly #decoder: FrameDecoder;
  readonly #limits: MuxLimits;
  readonly #since: number;
  #sent = 0;
  #received = 0;
  /** Since when there has always been more to send than it took. */
  #fullSince: number | undefined;

  constructor(
    options: { id: number; carrier: Carrier; limits: MuxLimits; now: number },
    sink: FrameSink,
  ) {
    const { id, carrier, limits, now } = options;
    this.id = id;
    this.carrier = carrier;
    this.#limits = limits;
    this.#since = now;
    this.outlet = new Outlet(carrier, limits.quantum);
    this.liveness = new Liveness(limits, now);
    this.#decoder = new FrameDecoder(sink, limits);
  }

  get facts(): CarrierFacts {
    const { roundTrip } = this.liveness;
    const { backlog } = this.carrier;
    const moved = { sent: this.#sent, received: this.#received };
    return { id: this.id, since: this.#since, roundTrip, backlog, ...moved };
  }

  /** Whether it takes another frame. */
  get hasRoom(): boolean {
    return this.carrier.backlog < this.#limits.carrierBacklog;
  }

  /** @throws ProtocolFault */
  push(chunk: Uint8Array, lease: Lease | undefined, now: number): void {
    this.#received += chunk.length;
    this.liveness.received(now);
    this.#decoder.push(chunk, lease);
  }

  /** Reads nothing more. */
  stop(): void {
    this.#decoder.stop();
  }

  send(frame: OutgoingFrame): void {
    const { header, payload, lease, kept } = frame;
    this.#sent += HEADER_BYTES + header.length;
    // What is small and may be said again is sent as a copy: a carrier masks where the bytes lie.
    const bytes = header.type === FRAME.data ? payload : payload && Uint8Array.from(payload);
    const mask = this.carrier.send(encodeHeader(header), bytes, lease);
    // What is kept has the hold for itself, until it is acknowledged.
    if (kept === undefined) lease?.release();
    else kept.mask = mask;
  }

  /** Queues a PING, for which {@link Liveness.ping} was called. */
  queuePing(): void {
    this.outlet.own(frameOf(FRAME.ping, 0, this.liveness.token));
  }

  queuePong(token: number): void {
    this.outlet.own(frameOf(FRAME.pong, 0, token));
  }

  /** Everything there was to send was taken. */
  emptied(): void {
    this.#fullSince = undefined;
  }

  /**
   * It has no room, and there is more to send.
   * @returns whether that has lasted so long that others should help
   */
  isOverloaded(now: number): boolean {
    this.#fullSince ??= now;
    const shortest = this.liveness.shortest ?? 0;
    const { spreadAfter } = this.#limits;
    const patience =
      shortest < SHORT_PATH ? spreadAfter * SHORT_PATH_PATIENCE : Math.max(spreadAfter, shortest);
    return now - this.#fullSince >= patience;
  }
}
