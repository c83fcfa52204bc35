/** A consumer that writes down everything it is told and checks the contract of Channel while it does. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import type { Channel, ChannelBroken, ChannelConsumer } from '../../shared/channel.ts';

export class StreamRecorder implements ChannelConsumer {
  readonly chunks: Uint8Array[] = [];
  /** `data` once for each run of chunks, then `end`, `drain`, `flushed`, `closed`. */
  readonly calls: string[] = [];
  broken: ChannelBroken | undefined;
  isClosed = false;
  bytes = 0;
  readonly #waiters = new Set<() => void>();
  /** Called after each chunk. */
  onData: ((chunk: Uint8Array) => void) | undefined;
  onDrain: (() => void) | undefined;

  static on(channel: Channel): StreamRecorder {
    const recorder = new StreamRecorder();
    channel.start(recorder);
    return recorder;
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }

  data(chunk: Uint8Array): void {
    assert.ok(!this.calls.includes('end'), 'no data after end');
    assert.ok(chunk.length > 0, 'no empty chunks');
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    if (this.calls.at(-1) !== 'data') this.#note('data');
    this.onData?.(chunk);
    this.#wake();
  }

  end(): void {
    assert.ok(!this.calls.includes('end'), 'end is told once');
    this.#note('end');
    this.#wake();
  }

  drain(): void {
    this.#note('drain');
    this.onDrain?.();
    this.#wake();
  }

  flushed(): void {
    assert.ok(!this.calls.includes('flushed'), 'flushed is told once');
    this.#note('flushed');
    this.#wake();
  }

  closed(broken?: ChannelBroken): void {
    this.#note('closed');
    this.broken = broken;
    this.isClosed = true;
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
    return this.until((recorder) => recorder.isClosed);
  }

  #note(call: string): void {
    assert.ok(!this.isClosed, `closed is the last call, then came ${call}`);
    this.calls.push(call);
  }

  #wake(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }
}
