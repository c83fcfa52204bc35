/**
 * A link under test whose peer is the test itself: it sends literal frames and reads what was answered.
 * Nothing is asynchronous: `turn` ends the turn of the event loop by hand.
 */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { MUX_LIMITS } from '../../shared/limits.ts';
import type { Carrier, CarrierSink } from '../../shared/mux/carrier.ts';
import { FrameDecoder, encodeFrame } from '../../shared/mux/codec.ts';
import {
  FRAME,
  describeFrame,
  frameOf,
  type FrameHeader,
  type FrameName,
  type MuxLimits,
} from '../../shared/mux/frame.ts';
import type { LinkClosed } from '../../shared/mux/link-options.ts';
import { Link } from '../../shared/mux/link.ts';
import type { Side } from '../../shared/mux/stream-ids.ts';
import type { Stream } from '../../shared/mux/stream.ts';

export interface SentFrame {
  header: FrameHeader;
  payload: Uint8Array;
  /** As {@link describeFrame} has it, with the payload's text if it is short. */
  text: string;
}

export class RawPeer {
  readonly link: Link;
  readonly frames: SentFrame[] = [];
  readonly payloads: Uint8Array[] = [];
  readonly opened: { stream: Stream; request: Uint8Array }[] = [];
  readonly closes: LinkClosed[] = [];
  readonly goneAway: { code: number; reason: string }[] = [];
  readonly #due: (() => void)[] = [];
  readonly #decoder: FrameDecoder;
  #data: { header: FrameHeader; parts: Uint8Array[] } | undefined;
  #sink: CarrierSink | undefined;
  closedWith: { code: number; reason: string } | 'terminated' | undefined;
  /** While false everything that is sent stays in the backlog. */
  flowing = true;
  backlog = 0;
  corks = 0;
  now = 0;
  onOpen: ((stream: Stream) => void) | undefined;

  /** @param side which side the link under test is */
  constructor(side: Side = 'relay', limits: Partial<MuxLimits> = {}) {
    this.#decoder = new FrameDecoder(
      {
        frame: (header, payload) => this.#record(header, payload),
        data: (header, progress, slice) => this.#recordData(header, progress, slice),
      },
      { ...MUX_LIMITS, ...limits },
    );
    this.link = new Link({
      side,
      limits,
      clock: () => this.now,
      defer: (run) => this.#due.push(run),
      resetCodes: new Map([[7, 'seven']]),
      onOpen: (stream, request) => {
        this.opened.push({ stream, request });
        this.onOpen?.(stream);
      },
      onClosed: (why) => this.closes.push(why),
      onGoAway: (code, reason) => this.goneAway.push({ code, reason }),
    });
    this.link.attach(this.#carrier());
  }

  /** Sends a frame to the link. */
  send(
    name: FrameName,
    stream: number,
    offset: number,
    payload?: string | Uint8Array,
    flags = 0,
  ): void {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    this.bytes(encodeFrame(frameOf(FRAME[name], stream, offset, bytes, flags)));
  }

  /** Sends bytes to the link. */
  bytes(chunk: Uint8Array): void {
    this.#sink?.bytes(chunk);
  }

  /** The backlog empties. */
  flow(): void {
    this.flowing = true;
    this.backlog = 0;
    this.#sink?.drain();
  }

  /** The carrier is lost. */
  lose(reason: string): void {
    this.#sink?.closed(reason);
  }

  /** Runs what was put off, and what that puts off. */
  turn(): void {
    for (let run = this.#due.shift(); run !== undefined; run = this.#due.shift()) run();
    assert.equal(this.corks, 0, 'uncorked at the end of the turn');
  }

  /** What the link sent since the last call. */
  take(): string[] {
    return this.frames.splice(0).map((frame) => frame.text);
  }

  /** The stream of id 1, opened by this peer and accepted by the test. */
  accept(id = 1, credit = 1 << 20, flags = 0): Stream {
    this.send('open', id, credit, '', flags);
    const last = this.opened.at(-1);
    assert.equal(last?.stream.id, id);
    return last.stream;
  }

  #carrier(): Carrier {
    const backlog = (): number => this.backlog;
    return {
      start: (sink) => {
        this.#sink = sink;
      },
      send: (header, payload) => {
        this.#take(header);
        if (payload === undefined) return 0;
        this.payloads.push(payload);
        this.#take(payload);
        return 0;
      },
      restore: () => {},
      get backlog() {
        return backlog();
      },
      cork: () => {
        this.corks += 1;
      },
      uncork: () => {
        this.corks -= 1;
      },
      close: (code, reason) => {
        assert.equal(this.corks, 0, 'uncorked before close');
        this.closedWith ??= { code, reason };
      },
      terminate: () => {
        this.closedWith ??= 'terminated';
      },
    };
  }

  #take(bytes: Uint8Array): void {
    if (!this.flowing) this.backlog += bytes.length;
    this.#decoder.push(bytes);
  }

  #recordData(header: FrameHeader, progress: number, slice: Uint8Array): void {
    this.#data ??= { header, parts: [] };
    this.#data.parts.push(slice);
    if (progress + slice.length < header.length) return;
    this.#record(header, Buffer.concat(this.#data.parts));
    this.#data = undefined;
  }

  #record(header: FrameHeader, payload: Uint8Array): void {
    const shown =
      payload.length > 0 && payload.length <= 40 ? ` ${Buffer.from(payload).toString()}` : '';
    this.frames.push({ header, payload, text: describeFrame(header) + shown });
  }
}
