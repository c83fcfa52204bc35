/**
 * Frames of RFC 6455, without I/O. Messages are binary and may be of any length: their bytes are handed on
 * as they come, and only control frames, at most 125 bytes, are gathered.
 */
import { Buffer } from 'node:buffer';
import { mask } from './masking.ts';

/** Opcodes (RFC 6455 §5.2). */
export const OPCODE = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** Close codes this program sends (RFC 6455 §7.4.1). */
export const CLOSE_CODE = {
  normal: 1000,
  protocolError: 1002,
  unsupportedData: 1003,
  invalidText: 1007,
  policy: 1008,
  tooLarge: 1009,
} as const;

/** Bytes of the longest frame header. */
export const MOST_HEADER_BYTES = 14;
/** Payload of a control frame (RFC 6455 §5.5). */
const MOST_CONTROL_BYTES = 125;
const FIN = 0x80;
const RESERVED = 0x70;
const MASKED = 0x80;

/** The peer broke RFC 6455; `closeCode` is what it is to be told. */
export class WebSocketFault extends Error {
  override readonly name = 'WebSocketFault';
  readonly closeCode: number;

  constructor(closeCode: number, message: string) {
    super(message);
    this.closeCode = closeCode;
  }
}

/**
 * Writes the header of an unfragmented frame.
 * @param target at least {@link MOST_HEADER_BYTES}
 * @param length bytes of payload
 * @param key four bytes if the payload is masked
 * @returns bytes written
 */
export function writeFrameHeader(
  target: Buffer,
  opcode: number,
  length: number,
  key: Uint8Array | undefined,
): number {
  const masked = key === undefined ? 0 : MASKED;
  let at = 2;
  target[0] = FIN | opcode;
  if (length <= MOST_CONTROL_BYTES) {
    target[1] = masked | length;
  } else if (length < 65_536) {
    target[1] = masked | 126;
    at = target.writeUInt16BE(length, 2);
  } else {
    target[1] = masked | 127;
    target.writeUInt32BE(Math.floor(length / 2 ** 32), 2);
    at = target.writeUInt32BE(length % 2 ** 32, 6);
  }
  if (key === undefined) return at;
  target.set(key, at);
  return at + 4;
}

/** A whole control frame. @param payload at most 125 bytes; it is copied */
export function encodeControl(
  opcode: number,
  payload: Uint8Array,
  key: Uint8Array | undefined,
): Buffer {
  const frame = Buffer.allocUnsafe(MOST_HEADER_BYTES + payload.length);
  const at = writeFrameHeader(frame, opcode, payload.length, key);
  frame.set(payload, at);
  const whole = frame.subarray(0, at + payload.length);
  if (key !== undefined) mask(whole.subarray(at), key, 0);
  return whole;
}

/** Payload of a close frame. The reason is cut, between characters, to what fits. */
export function encodeClose(code: number, reason: string): Buffer {
  const payload = Buffer.alloc(MOST_CONTROL_BYTES);
  payload.writeUInt16BE(code, 0);
  const { written } = new TextEncoder().encodeInto(reason, payload.subarray(2));
  return payload.subarray(0, 2 + written);
}

/** What a close frame said; no code if it was empty. @throws WebSocketFault */
export function decodeClose(payload: Uint8Array): { code: number | undefined; reason: string } {
  if (payload.length === 0) return { code: undefined, reason: '' };
  const code = payload.length === 1 ? 0 : ((payload[0] ?? 0) << 8) | (payload[1] ?? 0);
  if (!isCloseCode(code)) {
    throw new WebSocketFault(CLOSE_CODE.protocolError, `a close frame with code ${code}`);
  }
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return { code, reason: decoder.decode(payload.subarray(2)) };
  } catch {
    throw new WebSocketFault(CLOSE_CODE.invalidText, 'the reason of a close frame is no UTF-8');
  }
}

/** Codes that may be on the wire (RFC 6455 §7.4 and the registry it founded). */
function isCloseCode(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
}

/** Receives what a {@link WebSocketDecoder} finds, in the order of the wire. */
export interface WebSocketSink {
  /** Bytes of a binary message, unmasked, where they lie in the chunk that was pushed. Never empty. */
  payload(bytes: Uint8Array): void;
  /** A whole control frame; the payload is the sink's to keep. */
  control(opcode: number, payload: Uint8Array): void;
}

/** What the bytes that come next belong to; `stopped` is never left. */
type DecoderState = 'header' | 'data' | 'control' | 'stopped';

/** Decoder of what one end receives. */
export class WebSocketDecoder {
  readonly #expectsMask: boolean;
  readonly #sink: WebSocketSink;
  readonly #header = Buffer.alloc(MOST_HEADER_BYTES);
  /** Part of {@link #header}; counts only where frames are masked. */
  #key = this.#header.subarray(0, 0);
  #state: DecoderState = 'header';
  /** Bytes of the header, or of the payload, that have come. */
  #filled = 0;
  #length = 0;
  #opcode = 0;
  #control = Buffer.alloc(0);
  /** A message was begun whose last frame has not come. */
  #fragmented = false;

  /** @param role of the end that receives: a server wants masked frames, a client unmasked ones (§5.1) */
  constructor(role: 'client' | 'server', sink: WebSocketSink) {
    this.#expectsMask = role === 'server';
    this.#sink = sink;
  }

  /** Bytes of payload that are still to come of a data frame whose beginning came. */
  get missing(): number {
    return this.#state === 'data' ? this.#length - this.#filled : 0;
  }

  /**
   * Takes bytes as they come, cut anywhere, and unmasks them where they lie.
   * @throws WebSocketFault; nothing is read after it
   */
  push(chunk: Uint8Array): void {
    let at = 0;
    try {
      while (at < chunk.length && this.#state !== 'stopped') at += this.#step(chunk, at);
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** Reads nothing more; may be called from within the sink. */
  stop(): void {
    this.#state = 'stopped';
  }

  #step(chunk: Uint8Array, at: number): number {
    switch (this.#state) {
      case 'header':
        return this.#stepHeader(chunk, at);
      case 'data':
        return this.#stepData(chunk, at);
      case 'control':
        return this.#stepControl(chunk, at);
      case 'stopped':
        break;
    }
    return chunk.length - at;
  }

  #stepHeader(chunk: Uint8Array, at: number): number {
    const header = this.#header;
    let taken = 0;
    // Two bytes say how long the header is.
    while (this.#filled < this.#headerLength() && at + taken < chunk.length) {
      header[this.#filled] = chunk[at + taken] ?? 0;
      this.#filled += 1;
      taken += 1;
    }
    if (this.#filled === this.#headerLength()) this.#readHeader();
    return taken;
  }

  #headerLength(): number {
    if (this.#filled < 2) return 2;
    const second = this.#header[1] ?? 0;
    const short = second & 0x7f;
    const extra = short < 126 ? 0 : short === 126 ? 2 : 8;
    return 2 + extra + (second >= MASKED ? 4 : 0);
  }

  #readHeader(): void {
    const header = this.#header;
    const first = header[0] ?? 0;
    const second = header[1] ?? 0;
    const opcode = first & 0x0f;
    if ((first & RESERVED) !== 0) throw protocolFault('a reserved bit is set');
    if (second >= MASKED !== this.#expectsMask) {
      throw protocolFault(this.#expectsMask ? 'a frame is not masked' : 'a frame is masked');
    }
    this.#length = lengthOf(header);
    this.#key = header.subarray(this.#filled - 4, this.#filled);
    this.#filled = 0;
    this.#opcode = opcode;
    if (opcode >= OPCODE.close) this.#beginControl(first >= FIN);
    else this.#beginData(first >= FIN);
  }

  #beginControl(final: boolean): void {
    const opcode = this.#opcode;
    if (opcode > OPCODE.pong) throw protocolFault(`opcode ${opcode} is unknown`);
    if (!final) throw protocolFault('a control frame is fragmented');
    // By the form of the length: §5.5 leaves a control frame the short one only.
    if (((this.#header[1] ?? 0) & 0x7f) > MOST_CONTROL_BYTES) {
      throw protocolFault('a control frame is too long');
    }
    this.#control = Buffer.alloc(this.#length);
    this.#state = 'control';
    if (this.#length === 0) this.#endControl();
  }

  #beginData(final: boolean): void {
    const opcode = this.#opcode;
    if (opcode === OPCODE.text) {
      throw new WebSocketFault(CLOSE_CODE.unsupportedData, 'messages are binary');
    }
    if (opcode > OPCODE.binary) throw protocolFault(`opcode ${opcode} is unknown`);
    if (this.#fragmented !== (opcode === OPCODE.continuation)) {
      throw protocolFault('fragments of messages are out of order');
    }
    this.#fragmented = !final;
    this.#state = this.#length === 0 ? 'header' : 'data';
  }

  #stepData(chunk: Uint8Array, at: number): number {
    const progress = this.#filled;
    const taken = Math.min(this.#length - progress, chunk.length - at);
    this.#filled += taken;
    const bytes = chunk.subarray(at, at + taken);
    if (this.#expectsMask) mask(bytes, this.#key, progress);
    if (this.#filled === this.#length) this.#expectHeader();
    this.#sink.payload(bytes);
    return taken;
  }

  #stepControl(chunk: Uint8Array, at: number): number {
    const taken = Math.min(this.#length - this.#filled, chunk.length - at);
    this.#control.set(chunk.subarray(at, at + taken), this.#filled);
    this.#filled += taken;
    if (this.#filled === this.#length) this.#endControl();
    return taken;
  }

  #endControl(): void {
    const payload = this.#control;
    if (this.#expectsMask) mask(payload, this.#key, 0);
    this.#expectHeader();
    this.#sink.control(this.#opcode, payload);
  }

  /** Before the sink is called: it may stop the decoder. */
  #expectHeader(): void {
    this.#state = 'header';
    this.#filled = 0;
  }
}

/** Payload length of a header that is complete. @throws WebSocketFault beyond what a number holds */
function lengthOf(header: Buffer): number {
  const short = (header[1] ?? 0) & 0x7f;
  if (short < 126) return short;
  if (short === 126) return header.readUInt16BE(2);
  const high = header.readUInt32BE(2);
  if (high >= 2 ** 21) throw new WebSocketFault(CLOSE_CODE.tooLarge, 'a frame is too long');
  return high * 2 ** 32 + header.readUInt32BE(6);
}

function protocolFault(message: string): WebSocketFault {
  return new WebSocketFault(CLOSE_CODE.protocolError, message);
}
