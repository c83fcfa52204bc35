/**
 * Which frame goes next. Pure: it is asked, it does not send.
 *
 * Order: frames of the link itself; urgent frames of streams (OPEN, RESET, CREDIT, ACK), first come
 * first served, so OPENs keep the order of their ids; streams of control priority; bulk streams. Within
 * a priority each stream sends up to a quantum, then the next has its turn.
 * Every list is bounded: one frame for each type of link frame, refusals by their limit, the rest by the
 * number of streams.
 */
import type { FrameType, OutgoingFrame } from './frame.ts';

export type Priority = 'control' | 'bulk';

/** A stream as the scheduler sees it. */
export interface FrameSource {
  readonly priority: Priority;
  /** The next frame that waits for neither credit nor turn, if any. */
  takeUrgent(): OutgoingFrame | undefined;
  /** DATA of at most `most` bytes, or FIN after the last; undefined when there is nothing to send now. */
  takeData(most: number): OutgoingFrame | undefined;
}

/** Streams that have something to send, in the order of their turns. */
class Ring {
  readonly #sources = new Set<FrameSource>();
  readonly #quantum: number;
  #left: number;

  constructor(quantum: number) {
    this.#quantum = quantum;
    this.#left = quantum;
  }

  add(source: FrameSource): void {
    this.#sources.add(source);
  }

  remove(source: FrameSource): void {
    if (this.#current() === source) this.#left = this.#quantum;
    this.#sources.delete(source);
  }

  next(payload: number): OutgoingFrame | undefined {
    for (;;) {
      const source = this.#current();
      if (source === undefined) return undefined;
      const frame = source.takeData(Math.min(payload, this.#left));
      if (frame === undefined) {
        this.remove(source);
      } else {
        this.#charge(source, frame.header.length);
        return frame;
      }
    }
  }

  #current(): FrameSource | undefined {
    return this.#sources.values().next().value;
  }

  #charge(source: FrameSource, bytes: number): void {
    this.#left -= bytes;
    if (this.#left > 0) return;
    this.remove(source);
    this.add(source);
  }
}

/** Bounds the scheduler needs, in bytes. */
export interface SchedulerLimits {
  /** Most payload of a DATA frame. */
  readonly dataPayload: number;
  /** Bytes of one turn. */
  readonly quantum: number;
}

export class Scheduler {
  readonly #payload: number;
  readonly #link = new Map<FrameType, OutgoingFrame>();
  readonly #refusals: OutgoingFrame[] = [];
  readonly #urgent = new Set<FrameSource>();
  readonly #rings: Readonly<Record<Priority, Ring>>;

  constructor(limits: SchedulerLimits) {
    this.#payload = limits.dataPayload;
    this.#rings = { control: new Ring(limits.quantum), bulk: new Ring(limits.quantum) };
  }

  /**
   * Queues a frame of the link itself. It takes the place of one of its type that still waits: the newest
   * PONG answers for all, so a flood of PINGs costs one frame.
   */
  link(frame: OutgoingFrame): void {
    this.#link.set(frame.header.type, frame);
  }

  /** Queues the RESET of a stream that was refused at once. The caller bounds how many there can be. */
  refuse(frame: OutgoingFrame): void {
    this.#refusals.push(frame);
  }

  /** The stream has an urgent frame. Idempotent. */
  urgent(source: FrameSource): void {
    this.#urgent.add(source);
  }

  /** The stream has data, or FIN, and credit for it. Idempotent. */
  ready(source: FrameSource): void {
    this.#rings[source.priority].add(source);
  }

  /** The stream has no data any more: it is over. Urgent frames it still owes are kept. */
  discard(source: FrameSource): void {
    this.#rings[source.priority].remove(source);
  }

  /** The next frame to hand to the carrier. */
  next(): OutgoingFrame | undefined {
    return (
      this.#nextOfLink() ??
      this.#nextUrgent() ??
      this.#rings.control.next(this.#payload) ??
      this.#rings.bulk.next(this.#payload)
    );
  }

  #nextOfLink(): OutgoingFrame | undefined {
    for (const [type, frame] of this.#link) {
      this.#link.delete(type);
      return frame;
    }
    return this.#refusals.shift();
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
