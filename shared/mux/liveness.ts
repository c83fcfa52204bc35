/**
 * Whether a carrier still lives, and how far away the peer is. Pure: it is told the time, in milliseconds
 * that never go back.
 */

/** Times in milliseconds. */
export interface LivenessLimits {
  /** From one PING to the next, and from silence to the first. */
  readonly pingAfter: number;
  /** Silence that means death. */
  readonly deadAfter: number;
  /** Lack of progress that means a carrier stalls, if others do better. */
  readonly lagAfter: number;
}

/** What to do now: nothing, send a PING, or give the carrier up. */
export type Verdict = 'fine' | 'ping' | 'dead';

/** A round trip this many times longer than the longest of late is no progress. */
const PATIENCE = 4;

/**
 * A PING goes out every `pingAfter`, also on a busy carrier: it measures the round trip. Anything heard
 * proves life; only silence of `deadAfter` disproves it.
 *
 * Progress is more than life: something this end sent has arrived. A carrier of which only the way back
 * works is heard, and makes none.
 */
export class Liveness {
  readonly #limits: LivenessLimits;
  #heardAt: number;
  #pingedAt: number;
  #token = 0;
  #answered = true;
  /** When anything came last. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** When the peer last showed that something sent here had reached it. */
  #progressAt: number;
  #roundTrip: number | undefined;
  #shortest: number | undefined;
  #checkedAt: number;

  constructor(limits: LivenessLimits, now: number) {
    this.#limits = limits;
    this.#heardAt = now;
    this.#pingedAt = now;
    this.#progressAt = now;
    this.#checkedAt = now;
  }

  /** Token of the last PING. */
  get token(): number {
    return this.#token;
  }

  /** Milliseconds from the last answered PING to its PONG, queues included. */
  get roundTrip(): number | undefined {
    return this.#roundTrip;
  }

  /** The shortest of all round trips: the path, with as little of queues as was ever seen. */
  get shortest(): number | undefined {
    return this.#shortest;
  }

  /** When the peer last showed that something had reached it. */
  get progressAt(): number {
    return this.#progressAt;
  }

  /** A PONG came. One that answers no PING, or an earlier one, tells nothing. */
  answered(token: number, now: number): void {
    if (this.#answered || token !== this.#token) return;
    this.#answered = true;
    this.#progressAt = now;
    this.#roundTrip = now - this.#pingedAt;
    this.#shortest = Math.min(this.#shortest ?? Infinity, this.#roundTrip);
  }

  /** The peer acknowledged data that was sent here. */
  arrived(now: number): void {
    this.#progressAt = now;
  }

  /** Bytes came. */
  received(now: number): void {
    this.#heardAt = now;
  }

  /** Sends a PING out of turn; it is taken as sent, with {@link Liveness.token}. */
  ping(now: number): void {
    this.#pingedAt = now;
    this.#token += 1;
    this.#answered = false;
  }

  /** The network has changed: the carrier has `within` milliseconds to show that it still lives. */
  doubt(now: number, within: number): void {
    this.#heardAt = Math.min(this.#heardAt, now - this.#limits.deadAfter + within);
  }

  /** To be asked about once a second. A `ping` is taken as sent, with {@link Liveness.token}. */
  check(now: number): Verdict {
    this.#forgiveOwnPause(now);
    if (now - this.#heardAt >= this.#limits.deadAfter) return 'dead';
    if (now - this.#pingedAt < this.#limits.pingAfter) return 'fine';
    this.ping(now);
    return 'ping';
  }

  /**
   * Whether a PING has waited for its answer, without any other progress, for longer than a queue explains,
   * although the peer answers elsewhere.
   * @param elsewhere when other carriers of the link made progress last
   */
  lags(now: number, elsewhere: number): boolean {
    if (this.#answered || elsewhere < this.#pingedAt) return false;
    const since = Math.max(this.#pingedAt, this.#progressAt);
    return now - since >= Math.max(this.#limits.lagAfter, PATIENCE * (this.#roundTrip ?? 0));
  }

  /**
   * While this program stood still (a suspended machine, a long pause) it heard nothing and sent nothing;
   * what came meanwhile waits unread. Such time is no silence of the peer.
   */
  #forgiveOwnPause(now: number): void {
    const pause = now - this.#checkedAt;
    this.#checkedAt = now;
    if (pause <= this.#limits.pingAfter) return;
    this.#heardAt = Math.min(now, this.#heardAt + pause);
    this.#progressAt = Math.min(now, this.#progressAt + pause);
  }
}
