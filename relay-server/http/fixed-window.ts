export interface FixedWindowOptions {
  /** Events allowed per key and window. */
  readonly limit: number;
  /** Milliseconds. */
  readonly window: number;
  /** Keys counted apart; all further ones of a window share one count. */
  readonly keys: number;
  /** Milliseconds, never going back. */
  readonly now: () => number;
}

/**
 * Counts events by key in windows of fixed length that begin for all keys at once: forgetting is one
 * assignment, and memory is bounded whatever is counted.
 */
export class FixedWindow {
  readonly #options: FixedWindowOptions;
  #began: number;
  #counts = new Map<string, number>();

  constructor(options: FixedWindowOptions) {
    this.#options = options;
    this.#began = options.now();
  }

  /** How long (milliseconds) the key is to wait; 0 if it may go on. */
  wait(key: string): number {
    const now = this.#roll();
    const count = this.#counts.get(this.#slot(key)) ?? 0;
    return count < this.#options.limit ? 0 : this.#began + this.#options.window - now;
  }

  /** Counts one event. */
  add(key: string): void {
    this.#roll();
    const slot = this.#slot(key);
    this.#counts.set(slot, (this.#counts.get(slot) ?? 0) + 1);
  }

  /** Takes one event back. */
  remove(key: string): void {
    this.#roll();
    const slot = this.#slot(key);
    const count = this.#counts.get(slot) ?? 0;
    if (count > 1) this.#counts.set(slot, count - 1);
    else this.#counts.delete(slot);
  }

  /** Keys counted now. */
  get size(): number {
    return this.#counts.size;
  }

  #slot(key: string): string {
    const shared = this.#counts.size >= this.#options.keys && !this.#counts.has(key);
    return shared ? '' : key;
  }

  #roll(): number {
    const now = this.#options.now();
    if (now - this.#began >= this.#options.window) {
      this.#began = now;
      this.#counts = new Map();
    }
    return now;
  }
}
