/**
 * Two carriers joined in memory. Nothing moves until `step` is called, so a test decides in which pieces
 * and in which order bytes travel. Every piece is a copy: whoever keeps a view keeps its own bytes.
 */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { setImmediate } from 'node:timers';
import type { Carrier, CarrierSink } from '../../shared/mux/carrier.ts';
import { unmask } from '../../shared/net/masking.ts';

/** How many bytes the next piece has; the answer is clamped to 1 … available. */
export type Split = (available: number) => number;

const WHOLE: Split = (available) => available;

export class MemoryCarrier implements Carrier {
  readonly #split: Split;
  #peer: MemoryCarrier | undefined;
  #sink: CarrierSink | undefined;
  #queue: Uint8Array[] = [];
  #closing: string | undefined;
  #ended: string | undefined;
  #closedTold = false;
  backlog = 0;
  corks = 0;
  #masks = 1;
  bytesSent = 0;
  /** Called when there is something to step. */
  onWork: (() => void) | undefined;

  constructor(split: Split = WHOLE) {
    this.#split = split;
  }

  static join(a: MemoryCarrier, b: MemoryCarrier): void {
    a.#peer = b;
    b.#peer = a;
  }

  start(sink: CarrierSink): void {
    assert.equal(this.#sink, undefined, 'start is called once');
    this.#sink = sink;
    this.onWork?.();
  }

  /** Sends copies, and alters the payload where it lies, as a WebSocket client does. */
  send(header: Uint8Array, payload?: Uint8Array): number {
    for (const bytes of payload === undefined ? [header] : [header, payload]) {
      this.#queue.push(Uint8Array.from(bytes));
      this.backlog += bytes.length;
      this.bytesSent += bytes.length;
    }
    this.onWork?.();
    if (payload === undefined) return 0;
    this.#masks = (this.#masks * 31 + 17) % 2 ** 32;
    unmask(payload, this.#masks);
    return this.#masks;
  }

  restore(payload: Uint8Array, mask: number): void {
    assert.notEqual(this.#ended, undefined, 'restored while it may still be sending');
    unmask(payload, mask);
  }

  cork(): void {
    assert.equal(this.corks, 0, 'corked once at a time');
    this.corks += 1;
  }

  uncork(): void {
    assert.equal(this.corks, 1, 'uncorked as often as corked');
    this.corks -= 1;
  }

  close(_code: number, reason: string): void {
    this.#closing ??= reason;
    this.onWork?.();
  }

  terminate(): void {
    this.#queue = [];
    this.backlog = 0;
    this.#ended ??= 'terminated';
    if (this.#peer !== undefined) this.#peer.#ended ??= 'connection reset';
    this.onWork?.();
  }

  /** Moves one piece to the peer, or the news that a carrier closed. Returns whether anything moved. */
  step(): boolean {
    const sink = this.#sink;
    const peer = this.#peer;
    if (sink === undefined || peer === undefined || peer.#sink === undefined) return false;
    if (this.#closedTold) return false;
    if (this.#ended !== undefined) {
      this.#closedTold = true;
      sink.closed(this.#ended);
      return true;
    }
    if (this.backlog > 0) {
      peer.#sink.bytes(this.#piece());
      sink.drain();
      return true;
    }
    if (this.#closing === undefined) return false;
    this.#ended = this.#closing;
    peer.#ended ??= this.#closing;
    return true;
  }

  #piece(): Uint8Array {
    const all =
      this.#queue.length === 1 ? (this.#queue[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#queue);
    const size = Math.max(1, Math.min(all.length, Math.trunc(this.#split(all.length))));
    this.#queue = size === all.length ? [] : [all.subarray(size)];
    this.backlog -= size;
    return Buffer.from(all.subarray(0, size));
  }
}

/** A pair that a test steps by hand. */
export function memoryCarriers(split?: Split, splitBack = split): [MemoryCarrier, MemoryCarrier] {
  const a = new MemoryCarrier(split);
  const b = new MemoryCarrier(splitBack);
  MemoryCarrier.join(a, b);
  return [a, b];
}

/** A pair that steps itself, one piece each way per turn of the event loop, as long as there is work. */
export function runningMemoryCarriers(split?: Split): [MemoryCarrier, MemoryCarrier] {
  const pair = memoryCarriers(split);
  let scheduled = false;
  const run = (): void => {
    scheduled = false;
    const moved = pair.map((carrier) => carrier.step());
    if (moved.includes(true)) work();
  };
  const work = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(run);
  };
  for (const carrier of pair) carrier.onWork = work;
  return pair;
}
