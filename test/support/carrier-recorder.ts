/** A carrier's sink that writes down what it hears; bytes on loan are copied. */
import assert from 'node:assert/strict';
import type { Carrier, CarrierSink } from '../../shared/mux/carrier.ts';

export class CarrierRecorder implements CarrierSink {
  readonly #parts: Buffer[] = [];
  readonly #waiters = new Set<() => void>();
  reason: string | undefined;
  drains = 0;
  lent = 0;

  static on(carrier: Carrier): CarrierRecorder {
    const recorder = new CarrierRecorder();
    carrier.start(recorder);
    return recorder;
  }

  get received(): Buffer {
    return Buffer.concat(this.#parts);
  }

  bytes(chunk: Uint8Array, lease?: unknown): void {
    assert.equal(this.reason, undefined, 'closed is the last call');
    if (lease !== undefined) this.lent += 1;
    this.#parts.push(Buffer.from(chunk));
    this.#wake();
  }

  drain(): void {
    this.drains += 1;
    this.#wake();
  }

  closed(reason: string): void {
    assert.equal(this.reason, undefined, 'closed is told once');
    this.reason = reason;
    this.#wake();
  }

  /** Resolves when the condition holds; it is asked after every call. */
  async until(condition: (recorder: this) => boolean): Promise<this> {
    while (!condition(this)) {
      await new Promise<void>((resolve) => {
        this.#waiters.add(resolve);
      });
    }
    return this;
  }

  untilClosed(): Promise<this> {
    return this.until(() => this.reason !== undefined);
  }

  #wake(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }
}
