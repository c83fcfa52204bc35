/**
 * Which frame goes next on a carrier. Pure: it is asked, it does not send.
 *
 * Order: PING and PONG of the carrier; then, on the link's lead only, frames of the link, urgent frames of
 * streams (OPEN, RESET, CREDIT, ACK), first come first served, so OPENs keep the order of their ids, and
 * streams of control priority; then bulk streams: those at home on the carrier, and those that all carriers
 * share, in turn.
 * Every list is bounded: one frame for each type of link frame, answers by their limits, the rest by the
 * number of streams.
 */
import type { Carrier } from './carrier.ts';
import { FRAME, frameOf, type FrameType, type OutgoingFrame } from './frame.ts';
import { Ring, type FrameSource } from './ring.ts';

/** Bounds the scheduler needs. */
export interface SchedulerLimits {
  /** Most payload of a DATA frame, in bytes. */
  readonly dataPayload: number;
  /** Bytes of one turn. */
  readonly quantum: number;
  /** Streams of a link: as many may be told at once to be gone. */
  readonly streams: number;
}

/** What waits for one carrier. */
export class Outlet {
  readonly carrier: Carrier;
  /** Bulk streams that are at home here. */
  readonly ring: Ring;
  readonly #own = new Map<FrameType, OutgoingFrame>();
  #sharedNext = false;

  constructor(carrier: Carrier, quantum: number) {
    this.carrier = carrier;
    this.ring = new Ring(quantum);
  }

  /**
   * Queues PING or PONG. It takes the place of one that still waits: the newest PONG answers for all, so a
   * flood of PINGs costs one frame.
   */
  own(frame: OutgoingFrame): void {
    this.#own.set(frame.header.type, frame);
  }

  nextOwn(): OutgoingFrame | undefined {
    for (const [type, frame] of this.#own) {
      this.#own.delete(type);
      return frame;
    }
    return undefined;
  }

  /** The next of the streams that are at home here, and of those that are everywhere, in turn. */
  nextBulk(shared: Ring, payload: number): OutgoingFrame | undefined {
    const [first, second] = this.#sharedNext ? [shared, this.ring] : [this.ring, shared];
    this.#sharedNext = !this.#sharedNext;
    return first.next(payload, this.carrier) ?? second.next(payload, this.carrier);
  }
}

export class Scheduler {
  readonly #limits: SchedulerLimits;
  readonly #link = new Map<FrameType, OutgoingFrame>();
  readonly #refusals: OutgoingFrame[] = [];
  readonly #gone = new Set<number>();
  readonly #urgent = new Set<FrameSource>();
  /** Streams of control priority. */
  readonly control: Ring;
  /** Bulk streams that use every carrier there is for them. */
  readonly shared: Ring;

  constructor(limits: SchedulerLimits) {
    this.#limits = limits;
    this.control = new Ring(limits.quantum);
    this.shared = new Ring(limits.quantum);
  }

  /** Queues a frame of the link itself, in the place of one of its type that still waits. */
  link(frame: OutgoingFrame): void {
    this.#link.set(frame.header.type, frame);
  }

  /** Queues the RESET of a stream that was refused at once. The caller bounds how many there can be. */
  refuse(frame: OutgoingFrame): void {
    this.#refusals.push(frame);
  }

  /** Queues GONE. Beyond the bound it is left out: the peer asks again when a carrier is lost. */
  gone(id: number): void {
    if (this.#gone.size < this.#limits.streams) this.#gone.add(id);
  }

  /** The stream has an urgent frame. Idempotent. */
  urgent(source: FrameSource): void {
    this.#urgent.add(source);
  }

  /** Forgets who has urgent frames: all are about to be asked again, in the order of their ids. */
  forgetUrgent(): void {
    this.#urgent.clear();
  }

  /** The next frame to hand to a carrier. */
  next(outlet: Outlet, serves: { lead: boolean; bulk: boolean }): OutgoingFrame | undefined {
    const { dataPayload } = this.#limits;
    return (
      outlet.nextOwn() ??
      (serves.lead ? this.#nextOfLead(outlet.carrier) : undefined) ??
      (serves.bulk
        ? outlet.nextBulk(this.shared, dataPayload)
        : outlet.ring.next(dataPayload, outlet.carrier))
    );
  }

  #nextOfLead(carrier: Carrier): OutgoingFrame | undefined {
    return (
      this.#nextOfLink() ??
      this.#nextUrgent() ??
      this.control.next(this.#limits.dataPayload, carrier)
    );
  }

  #nextOfLink(): OutgoingFrame | undefined {
    for (const [type, frame] of this.#link) {
      this.#link.delete(type);
      return frame;
    }
    const refusal = this.#refusals.shift();
    if (refusal !== undefined) return refusal;
    for (const id of this.#gone) {
      this.#gone.delete(id);
      return frameOf(FRAME.gone, id, 0);
    }
    return undefined;
  }

  #nextUrgent(): OutgoingFrame | undefined {
    for (const source of this.#urgent) {
      const frame = source.takeUrgent();
      if (frame !== undefined) return frame;
      this.#urgent.delete(source);
    }
    return undefined;
  }
}
