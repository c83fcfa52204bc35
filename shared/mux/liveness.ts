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
}

/** What to do now: nothing, send a PING, or give the carrier up. */
export type Verdict = 'fine' | 'ping' | 'dead';

/**
 * A PING goes out every `pingAfter`, also on a busy carrier: it measures the round trip. Anything heard
 * proves life; only silence of `deadAfter` disproves it.
 */
export class Liveness {
  readonly #limits: LivenessLimits;
  #heardAt: number;
  #pingedAt: number;
  #token = 0;
  #answered = true;
  #roundTrip: number | undefined;
  #checkedAt: number;

  constructor(limits: LivenessLimits, now: number) {
    this.#limits = limits;
    this.#heardAt = now;
    this.#pingedAt = now;
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

  /** A PONG came. One that answers no PING, or an earlier one, tells nothing. */
  answered(token: number, now: number): void {
    if (this.#answered || token !== this.#token) return;
    this.#answered = true;
    this.#roundTrip = now - this.#pingedAt;
  }

  /** Bytes came. */
  received(now: number): void {
    this.#heardAt = now;
  }

  /** To be asked about once a second. A `ping` is taken as sent, with {@link Liveness.token}. */
  check(now: number): Verdict {
    this.#forgiveOwnPause(now);
    if (now - this.#heardAt >= this.#limits.deadAfter) return 'dead';
    if (now - this.#pingedAt < this.#limits.pingAfter) return 'fine';
    this.#pingedAt = now;
    this.#token += 1;
    this.#answered = false;
    return 'ping';
  }

  /**
   * While this program stood still (a suspended machine, a long pause) it heard nothing and sent nothing;
   * what came meanwhile waits unread. Such time is no silence of the peer.
   */
  #forgiveOwnPause(now: number): void {
    const pause = now - this.#checkedAt;
    this.#checkedAt = now;
    if (pause > this.#limits.pingAfter) this.#heardAt = Math.min(now, this.#heardAt + pause);
  }
}
