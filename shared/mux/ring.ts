import type { Carrier } from './carrier.ts';
import type { OutgoingFrame } from './frame.ts';

export type Priority = 'control' | 'bulk';

/** A stream as whoever schedules sees it. */
export interface FrameSource {
  readonly priority: Priority;
  /** Where it waits for its turn; undefined while its link has no carrier. */
  ring: Ring | undefined;
  /** The next frame that waits for neither credit nor turn, if any. */
  takeUrgent(): OutgoingFrame | undefined;
  /**
   * DATA of at most `most` bytes, or FIN after the last; undefined when there is nothing to send now.
   * @param carrier it is going to be sent on
   */
  takeData(most: number, carrier: Carrier): OutgoingFrame | undefined;
}

/** Streams that have something to send, in the order of their turns: each sends up to a quantum at once. */
export class Ring {
  readonly #ready = new Set<FrameSource>();
  readonly #quantum: number;
  #left: number;
  /** Streams that wait here when they have something to send. */
  members = 0;

  /** @param quantum bytes of one turn */
  constructor(quantum: number) {
    this.#quantum = quantum;
    this.#left = quantum;
  }

  get isEmpty(): boolean {
    return this.#ready.size === 0;
  }

  /** Those that have something to send. */
  get ready(): readonly FrameSource[] {
    return [...this.#ready];
  }

  has(source: FrameSource): boolean {
    return this.#ready.has(source);
  }

  /** The source has something to send. Idempotent. */
  add(source: FrameSource): void {
    this.#ready.add(source);
  }

  /** The source has nothing to send any more. */
  remove(source: FrameSource): void {
    if (this.#current() === source) this.#left = this.#quantum;
    this.#ready.delete(source);
  }

  next(payload: number, carrier: Carrier): OutgoingFrame | undefined {
    for (;;) {
      const source = this.#current();
      if (source === undefined) return undefined;
      const frame = source.takeData(Math.min(payload, this.#left), carrier);
      if (frame === undefined) {
        this.remove(source);
      } else {
        this.#charge(source, frame.header.length);
        return frame;
      }
    }
  }

  #current(): FrameSource | undefined {
    return this.#ready.values().next().value;
  }

  #charge(source: FrameSource, bytes: number): void {
    this.#left -= bytes;
    if (this.#left > 0) return;
    this.remove(source);
    this.add(source);
  }
}

/** Lets a source wait in another ring from here on; what it has to send goes with it. */
export function moveTo(source: FrameSource, ring: Ring | undefined): void {
  const before = source.ring;
  if (before === ring) return;
  const isReady = before?.has(source) ?? false;
  before?.remove(source);
  if (before !== undefined) before.members -= 1;
  source.ring = ring;
  if (ring === undefined) return;
  ring.members += 1;
  if (isReady) ring.add(source);
}
