/**
 * What is put off to the end of a turn of the event loop: consumers are told, and the carriers' corks
 * are drawn. One deferred function a turn, however many frames it had.
 */
import type { Carrier } from './carrier.ts';

/** Somebody with calls to make to a consumer. */
export interface Teller {
  tell(): void;
}

export class Turn {
  readonly #defer: (run: () => void) => void;
  readonly #finish = (): void => this.#end();
  #ends = false;
  #tellers = new Set<Teller>();
  #last: (() => void) | undefined;
  readonly #corked = new Set<Carrier>();

  /** @param defer runs a function after the present one has returned, in the same turn */
  constructor(defer: (run: () => void) => void) {
    this.#defer = defer;
  }

  /** Calls `tell` at the end of the turn, once, however often this is called. */
  tellLater(teller: Teller): void {
    this.#tellers.add(teller);
    this.#begin();
  }

  /** Runs a function once, when nobody is left to be told. */
  afterAll(run: () => void): void {
    this.#last = run;
    this.#begin();
  }

  /** Corks a carrier till the end of the turn. Idempotent. */
  cork(carrier: Carrier): void {
    if (this.#corked.has(carrier)) return;
    this.#corked.add(carrier);
    carrier.cork();
    this.#begin();
  }

  /** Uncorks now, before carriers are closed. */
  uncork(): void {
    for (const carrier of this.#corked) carrier.uncork();
    this.#corked.clear();
  }

  #begin(): void {
    if (this.#ends) return;
    this.#ends = true;
    this.#defer(this.#finish);
  }

  #end(): void {
    this.#ends = false;
    const due = this.#tellers;
    this.#tellers = new Set();
    try {
      for (const teller of due) {
        due.delete(teller);
        teller.tell();
      }
      this.#runLast();
    } finally {
      // Anything is left in `due` only if a consumer threw: the others are told all the same.
      for (const teller of due) this.tellLater(teller);
      if (this.#tellers.size > 0 || this.#last !== undefined) this.#begin();
      this.uncork();
    }
  }

  #runLast(): void {
    if (this.#tellers.size > 0) return;
    const last = this.#last;
    this.#last = undefined;
    last?.();
  }
}
