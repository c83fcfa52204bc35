/** The sending side of a link: hands frames to its carriers, as long as little enough waits there. */
import type { OutgoingFrame } from './frame.ts';
import type { Lane } from './lane.ts';
import { Lanes } from './lanes.ts';
import { Scheduler, type SchedulerLimits } from './scheduler.ts';
import type { Stream } from './stream.ts';
import type { Turn } from './turn.ts';

export interface TransmitterOptions {
  readonly limits: SchedulerLimits;
  readonly turn: Turn;
  /** Milliseconds that never go back. */
  readonly clock: () => number;
  /** Streams that waited for something else than a carrier and may send now. */
  readonly released: () => Iterable<Stream>;
  /** Bytes of frames went out. */
  readonly sent: (bytes: number) => void;
}

export class Transmitter {
  readonly #options: TransmitterOptions;
  readonly scheduler: Scheduler;
  readonly lanes: Lanes;
  /** Frames are being read or handed on: more to send is taken up when that is done. */
  #isBusy = false;

  constructor(options: TransmitterOptions) {
    this.#options = options;
    this.scheduler = new Scheduler(options.limits);
    this.lanes = new Lanes(this.scheduler);
  }

  /** Runs something that may give streams much to send; it is sent afterwards, together. */
  gather(run: () => void): void {
    this.#isBusy = true;
    try {
      run();
    } finally {
      this.#isBusy = false;
    }
    this.pump();
  }

  /** Hands frames to every carrier that has room. */
  pump(): void {
    if (this.#isBusy || this.lanes.count === 0) return;
    this.#isBusy = true;
    try {
      for (const stream of this.#options.released()) stream.ring?.add(stream);
      // What one carrier sent may have given another something to send.
      while (this.#pumpAll());
    } finally {
      this.#isBusy = false;
    }
  }

  /** Sends a frame on a carrier past its backlog's bound. */
  sendNow(lane: Lane, frame: OutgoingFrame): void {
    this.#options.turn.cork(lane.carrier);
    lane.send(frame);
  }

  /**
   * A stream is given its place, and its turn if it has something to send. To be called when carriers came
   * or went, or the stream may travel elsewhere from here on.
   */
  place(stream: Stream): void {
    this.lanes.place(stream);
    if (stream.isReady) stream.ring?.add(stream);
  }

  /** What every stream said to the peer is said again, in the order of their ids. */
  restate(streams: readonly Stream[]): void {
    this.scheduler.forgetUrgent();
    for (const stream of streams) {
      stream.restate();
      this.scheduler.urgent(stream);
      this.place(stream);
    }
  }

  #pumpAll(): boolean {
    let hasSent = false;
    for (const lane of this.lanes.all) hasSent = this.#pumpOne(lane) || hasSent;
    return hasSent;
  }

  #pumpOne(lane: Lane): boolean {
    const serves = this.lanes.serves(lane);
    let hasSent = false;
    while (lane.hasRoom) {
      const frame = this.scheduler.next(lane.outlet, serves);
      if (frame === undefined) {
        lane.emptied();
        return hasSent;
      }
      this.sendNow(lane, frame);
      this.#options.sent(frame.header.length);
      hasSent = true;
    }
    if (lane.outlet.ring.isEmpty || !lane.isOverloaded(this.#options.clock())) return hasSent;
    return this.lanes.share(lane) || hasSent;
  }
}
