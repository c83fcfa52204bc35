/** The carriers of a link, and which of them a stream's bytes travel on. Decides; does not send. */
import type { Carrier } from './carrier.ts';
import type { Lane } from './lane.ts';
import { moveTo, type Ring } from './ring.ts';
import type { Stream } from './stream.ts';

/**
 * The oldest carrier is the *lead*: it carries everything that must not wait (frames of the link, urgent
 * frames, control streams), and bulk only if it is the only one. Each bulk stream is at home on one of the
 * others; when its home is overloaded it is *shared*: every bulk carrier takes of it what it can.
 */
export class Lanes {
  readonly #control: Ring;
  readonly #shared: Ring;
  #all: readonly Lane[] = [];

  constructor(rings: { control: Ring; shared: Ring }) {
    this.#control = rings.control;
    this.#shared = rings.shared;
  }

  /** Oldest first. */
  get all(): readonly Lane[] {
    return this.#all;
  }

  get count(): number {
    return this.#all.length;
  }

  get lead(): Lane | undefined {
    return this.#all[0];
  }

  /** Shortest round trip that any has seen, in milliseconds. */
  get roundTrip(): number | undefined {
    let shortest: number | undefined;
    for (const { liveness } of this.#all) {
      if (liveness.shortest === undefined) continue;
      shortest = Math.min(shortest ?? Infinity, liveness.shortest);
    }
    return shortest;
  }

  /** The one that was heard least lately. */
  get stalest(): Lane | undefined {
    return this.#all.toSorted((a, b) => a.liveness.heardAt - b.liveness.heardAt)[0];
  }

  /** When carriers other than this one made progress last. */
  progressBeside(lane: Lane): number {
    const others = this.#all.filter((one) => one !== lane);
    return Math.max(-Infinity, ...others.map(({ liveness }) => liveness.progressAt));
  }

  of(carrier: Carrier): Lane | undefined {
    return this.#all.find((lane) => lane.carrier === carrier);
  }

  add(lane: Lane): void {
    this.#all = [...this.#all, lane];
  }

  /** @returns whether it was there */
  remove(lane: Lane): boolean {
    const left = this.#all.filter((one) => one !== lane);
    const was = left.length < this.#all.length;
    this.#all = left;
    return was;
  }

  /** Carriers, newest first and without the lead, on which nothing is under way from here. */
  idle(streams: readonly Stream[]): Lane[] {
    return this.#all
      .slice(1)
      .toReversed()
      .filter(
        ({ carrier, outlet }) =>
          carrier.backlog === 0 &&
          outlet.ring.isEmpty &&
          !streams.some((stream) => stream.isUnderWayOn(carrier)),
      );
  }

  /** What a carrier is for. */
  serves(lane: Lane): { lead: boolean; bulk: boolean } {
    const lead = lane === this.lead;
    return { lead, bulk: !lead || this.#all.length === 1 };
  }

  /**
   * Gives a stream its place: control streams, and those the peer is not known to have heard of, on the
   * lead; bulk streams on the carrier with the fewest. A stream that is shared stays so.
   */
  place(stream: Stream): void {
    const isShared = stream.ring === this.#shared && !stream.isUnconfirmed;
    if (this.lead === undefined) moveTo(stream, undefined);
    else if (stream.priority === 'control') moveTo(stream, this.#control);
    else if (stream.isUnconfirmed) moveTo(stream, this.lead.outlet.ring);
    else if (!isShared) moveTo(stream, this.#home(stream));
  }

  /** The stream is settled. */
  leave(stream: Stream): void {
    moveTo(stream, undefined);
  }

  /** Its home is overloaded: shares its streams with all. @returns whether there was anything to share */
  share(lane: Lane): boolean {
    if (this.#all.length < 3 || lane === this.lead) return false;
    const sources = lane.outlet.ring.ready;
    for (const source of sources) moveTo(source, this.#shared);
    return sources.length > 0;
  }

  /** Where a bulk stream is at home: where it is, if that is a carrier for bulk. */
  #home(stream: Stream): Ring | undefined {
    let home: Ring | undefined;
    for (const lane of this.#all) {
      const { ring } = lane.outlet;
      if (!this.serves(lane).bulk) continue;
      if (ring === stream.ring) return ring;
      if (home === undefined || ring.members < home.members) home = ring;
    }
    return home;
  }
}
