/** The carriers of a link come, go and are looked after here; what that means for the link, the link decides. */
import type { Lease } from '../lease.ts';
import type { Carrier } from './carrier.ts';
import type { FrameSink } from './codec.ts';
import type { FRAME, MuxLimits, OutgoingFrame } from './frame.ts';
import { Lane } from './lane.ts';
import type { LinkFacts } from './link-facts.ts';
import type { Streams } from './streams.ts';
import type { Transmitter } from './transmitter.ts';

/** Why a carrier was closed that its link no longer needs: nothing was lost. Both ends know it by this. */
const RETIRED = 'no longer needed';
/** WebSocket close code of a good end (RFC 6455 section 7.4.1). */
const CLOSE_NORMAL = 1000;

export interface CarriageOptions {
  readonly limits: MuxLimits;
  /** Whether the link outlives its carriers. */
  readonly resumes: boolean;
  readonly clock: () => number;
  readonly transmitter: Transmitter;
  readonly streams: Streams;
  /** What is done with the frames of a carrier. */
  readonly sinkOf: (lane: () => Lane) => FrameSink;
  /** Bytes have come. */
  readonly bytes: (lane: Lane, chunk: Uint8Array, lease: Lease | undefined) => void;
  /** A carrier is no longer there. `retired`: it was given up in good order. */
  readonly lost: (why: { reason: string; retired: boolean; left: number }) => void;
}

export class Carriage {
  readonly #options: CarriageOptions;
  readonly #counts = { carriers: 0, carriersLost: 0, stalls: 0, resent: 0 };

  constructor(options: CarriageOptions) {
    this.#options = options;
  }

  get facts(): Pick<LinkFacts, 'carriers' | 'carriersLost' | 'stalls' | 'resent'> {
    const { carriersLost, stalls, resent } = this.#counts;
    const { all } = this.#options.transmitter.lanes;
    return { carriers: all.map((lane) => lane.facts), carriersLost, stalls, resent };
  }

  /**
   * Takes a carrier. One that is too many takes the place of the one that was heard least lately.
   * @param again what streams have to do when it is there
   */
  add(carrier: Carrier, again: () => void): void {
    const { limits, resumes, clock, transmitter, sinkOf, bytes } = this.#options;
    const { lanes } = transmitter;
    if (lanes.count >= limits.carriers) this.#giveUp(lanes.stalest, 'there were too many');
    this.#counts.carriers += 1;
    const lane: Lane = new Lane(
      { id: this.#counts.carriers, carrier, limits, now: clock() },
      sinkOf(() => lane),
    );
    lanes.add(lane);
    if (resumes) this.#ping(lane);
    transmitter.gather(() => {
      carrier.start({
        bytes: (chunk, lease) => bytes(lane, chunk, lease),
        drain: () => transmitter.pump(),
        closed: (reason) => this.#lose(lane, reason),
      });
      again();
    });
  }

  /** Looks after each carrier: sends PING, gives up what is dead, or stalls while others do not. */
  check(now: number): void {
    const { lanes } = this.#options.transmitter;
    for (const lane of lanes.all) {
      const verdict = lane.liveness.check(now);
      if (verdict === 'dead') {
        this.#giveUp(lane, `nothing heard for ${this.#options.limits.deadAfter} ms`);
      } else if (this.#options.resumes && lane.liveness.lags(now, lanes.progressBeside(lane))) {
        this.#counts.stalls += 1;
        this.#giveUp(lane, 'it stalled while others answered');
      } else if (verdict === 'ping') {
        lane.queuePing();
      }
    }
  }

  /** The network has changed: a carrier that shows no life within `milliseconds` is given up. */
  doubt(milliseconds: number): void {
    const { transmitter, clock } = this.#options;
    for (const lane of transmitter.lanes.all) {
      lane.liveness.doubt(clock(), milliseconds);
      this.#ping(lane);
    }
    transmitter.pump();
  }

  /** Closes up to so many carriers on which nothing is under way from here; never the lead. */
  retire(count: number): void {
    const { transmitter, streams } = this.#options;
    for (const lane of transmitter.lanes.idle(streams.all()).slice(0, count)) {
      lane.carrier.close(CLOSE_NORMAL, RETIRED);
      this.#lose(lane, RETIRED);
    }
  }

  /** Sends a frame at once, past the bound of what may wait there, on every carrier. */
  broadcast(frameFor: () => OutgoingFrame): void {
    const { transmitter } = this.#options;
    for (const lane of transmitter.lanes.all) transmitter.sendNow(lane, frameFor());
  }

  /** Reads nothing more, and closes every carrier. @param settle is run before they are closed */
  close(webSocketCode: number, reason: string, settle: () => void): void {
    const { lanes } = this.#options.transmitter;
    const { all } = lanes;
    for (const lane of all) lane.stop();
    settle();
    for (const lane of all) {
      lanes.remove(lane);
      lane.carrier.close(webSocketCode, reason);
    }
  }

  #ping(lane: Lane): void {
    lane.liveness.ping(this.#options.clock());
    lane.queuePing();
  }

  #giveUp(lane: Lane | undefined, reason: string): void {
    if (lane === undefined) return;
    lane.carrier.terminate();
    this.#lose(lane, reason);
  }

  /** What a carrier had goes to others, now or when there is one. */
  #lose(lane: Lane, reason: string): void {
    const { transmitter, streams, lost } = this.#options;
    const { lanes } = transmitter;
    const wasLead = lane === lanes.lead;
    if (!lanes.remove(lane)) return;
    lane.stop();
    const left = lanes.count;
    const retired = reason === RETIRED && left > 0;
    if (!retired) this.#counts.carriersLost += 1;
    const all = streams.all();
    for (const stream of all) this.#counts.resent += stream.loseCarrier(lane.carrier);
    transmitter.gather(() => {
      if (wasLead && left > 0) transmitter.restate(all);
      else for (const stream of all) transmitter.place(stream);
    });
    lost({ reason, retired, left });
  }
}

/** Whether a frame tells of the end of a link or of its streams to come. */
export type Farewell = typeof FRAME.goAway | typeof FRAME.close;
