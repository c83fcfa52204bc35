/**
 * Bytes to frames and back. A carrier is a sequence of bytes: its message boundaries mean nothing here.
 * Only the header and small control payloads are ever buffered; DATA passes through as it comes.
 */
import { Buffer } from 'node:buffer';
import type { Lease } from '../lease.ts';
import { LocalFault, ProtocolFault } from './errors.ts';
import {
  FRAME,
  FRAME_RULES,
  HEADER_BYTES,
  MAX_OFFSET,
  type FrameHeader,
  type FrameType,
  type MuxLimits,
  type OutgoingFrame,
} from './frame.ts';

const EMPTY = new Uint8Array(0);
const REASON_DECODER_OPTIONS = { ignoreBOM: true } as const;

/** The 16 bytes of a header. The fields must be in range: they come from this program. */
export function encodeHeader(header: FrameHeader): Uint8Array {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES);
  bytes.writeUInt8(header.type, 0);
  bytes.writeUInt8(header.flags, 1);
  bytes.writeUIntBE(header.offset, 2, 6);
  bytes.writeUInt32BE(header.stream, 8);
  bytes.writeUInt32BE(header.length, 12);
  return bytes;
}

/** Header and payload in one piece, for small frames and tests. Copies the payload. */
export function encodeFrame(frame: OutgoingFrame): Uint8Array {
  const header = encodeHeader(frame.header);
  return frame.payload === undefined ? header : Buffer.concat([header, frame.payload]);
}

/** A code of RESET or GOAWAY as the caller gave it. @throws LocalFault `bad-code` */
export function checkCode(code: number): number {
  if (Number.isInteger(code) && code >= 0 && code <= MAX_OFFSET) return code;
  throw new LocalFault('bad-code', String(code));
}

/** A reason as payload: UTF-8, cut between characters to at most `limit` bytes. */
export function encodeReason(reason: string, limit: number): Uint8Array {
  // One UTF-16 unit is at least one byte, so a longer prefix could never fit.
  const target = new Uint8Array(Math.min(limit, reason.length * 3));
  const { written } = new TextEncoder().encodeInto(reason.slice(0, limit), target);
  return target.subarray(0, written);
}

/** A peer's reason as text: bad UTF-8 replaced, control characters too, so that it can enter a log line. */
export function decodeReason(payload: Uint8Array): string {
  const text = new TextDecoder('utf-8', REASON_DECODER_OPTIONS).decode(payload);
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?');
}

/** Receives what a {@link FrameDecoder} finds, in the order of the wire. */
export interface FrameSink {
  /** A complete frame other than DATA. The payload is the sink's to keep. */
  frame(header: FrameHeader, payload: Uint8Array): void;
  /**
   * Bytes of a DATA frame, as soon as they came; they need not be all of it.
   * @param progress how many bytes of this frame came before `slice`
   * @param slice a view into the chunk that was pushed; empty only if the frame is
   * @param lease the chunk's, if it is on loan
   */
  data(header: FrameHeader, progress: number, slice: Uint8Array, lease?: Lease): void;
}

/**
 * What the decoder waits for: the rest of a header, of a control payload, or of DATA.
 * Each leaves only when complete; `stopped` is never left.
 */
type DecoderState =
  | { readonly awaits: 'header' }
  | { readonly awaits: 'control'; readonly header: FrameHeader; readonly payload: Uint8Array }
  | { readonly awaits: 'data'; readonly header: FrameHeader }
  | { readonly awaits: 'nothing' };

const HEADER_NEXT: DecoderState = { awaits: 'header' };
const STOPPED: DecoderState = { awaits: 'nothing' };

/** Incremental decoder of one carrier's bytes. Knows headers, not streams. */
export class FrameDecoder {
  readonly #sink: FrameSink;
  readonly #limits: MuxLimits;
  readonly #header = new Uint8Array(HEADER_BYTES);
  readonly #view = new DataView(this.#header.buffer);
  #state: DecoderState = HEADER_NEXT;
  /** Bytes of what the state waits for that have come. */
  #filled = 0;

  constructor(sink: FrameSink, limits: MuxLimits) {
    this.#sink = sink;
    this.#limits = limits;
  }

  /**
   * Takes the next bytes of the carrier and reports every frame they complete.
   * @throws ProtocolFault for a header no frame may have; nothing after it is read, then or later.
   */
  push(chunk: Uint8Array, lease?: Lease): void {
    let at = 0;
    try {
      while (at < chunk.length && this.#state !== STOPPED) at += this.#step(chunk, at, lease);
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** Reads nothing more; may be called from within the sink. */
  stop(): void {
    this.#state = STOPPED;
  }

  /** Consumes bytes from `at` on for the present state; returns how many. */
  #step(chunk: Uint8Array, at: number, lease: Lease | undefined): number {
    const state = this.#state;
    switch (state.awaits) {
      case 'header':
        return this.#stepHeader(chunk, at);
      case 'control': {
        const taken = this.#fill(state.payload, chunk, at);
        if (this.#filled === state.payload.length) this.#complete(state.header, state.payload);
        return taken;
      }
      case 'data':
        return this.#stepData(state.header, chunk, at, lease);
      case 'nothing':
        break;
    }
    return chunk.length - at;
  }

  #stepHeader(chunk: Uint8Array, at: number): number {
    const taken = this.#fill(this.#header, chunk, at);
    if (this.#filled < HEADER_BYTES) return taken;
    const header = readHeader(this.#view, this.#limits);
    this.#filled = 0;
    if (header.length === 0) {
      this.#complete(header, EMPTY);
    } else if (header.type === FRAME.data) {
      this.#state = { awaits: 'data', header };
    } else {
      // A buffer of its own: a request that is kept must not keep the carrier's chunk with it.
      this.#state = { awaits: 'control', header, payload: new Uint8Array(header.length) };
    }
    return taken;
  }

  #stepData(header: FrameHeader, chunk: Uint8Array, at: number, lease: Lease | undefined): number {
    const progress = this.#filled;
    const taken = Math.min(header.length - progress, chunk.length - at);
    this.#filled += taken;
    if (this.#filled === header.length) this.#expectHeader();
    const whole = taken === chunk.length;
    this.#sink.data(header, progress, whole ? chunk : chunk.subarray(at, at + taken), lease);
    return taken;
  }

  #complete(header: FrameHeader, payload: Uint8Array): void {
    this.#expectHeader();
    if (header.type === FRAME.data) this.#sink.data(header, 0, payload);
    else this.#sink.frame(header, payload);
  }

  /** Before the sink is called: the sink may stop the decoder. */
  #expectHeader(): void {
    this.#state = HEADER_NEXT;
    this.#filled = 0;
  }

  #fill(target: Uint8Array, chunk: Uint8Array, at: number): number {
    const taken = Math.min(target.length - this.#filled, chunk.length - at);
    target.set(chunk.subarray(at, at + taken), this.#filled);
    this.#filled += taken;
    return taken;
  }
}

/** Reads and judges a header. @throws ProtocolFault before any byte of payload is held */
function readHeader(view: DataView, limits: MuxLimits): FrameHeader {
  const type = view.getUint8(0);
  const stream = view.getUint32(8);
  const length = view.getUint32(12);
  const rule = FRAME_RULES.get(type);
  if (rule === undefined) throw new ProtocolFault('unknown-frame-type', String(type));
  const bound = rule.bound === 'none' ? 0 : limits[rule.bound];
  if (length > bound) {
    throw new ProtocolFault('frame-too-large', `${rule.name} of ${length} bytes, at most ${bound}`);
  }
  if ((rule.scope === 'link') !== (stream === 0)) {
    throw new ProtocolFault('bad-stream-id', `${rule.name} on stream ${stream}`);
  }
  const offset = view.getUint16(2) * 2 ** 32 + view.getUint32(4);
  return { type: type as FrameType, flags: view.getUint8(1), offset, stream, length };
}
