/**
 * The vocabulary of the wire: frame types, header fields, well-known codes. PROTOCOL.md is the
 * specification. What becomes of a frame is decided elsewhere.
 */
import type { Lease } from '../lease.ts';
import type { MUX_LIMITS } from '../limits.ts';

/** Bytes of every frame header. */
export const HEADER_BYTES = 16;

/** Largest value of the 48-bit offset field. */
export const MAX_OFFSET = 2 ** 48 - 1;

/** Largest final offset of a stream: FIN takes one offset more, which an ACK must still express. */
export const MAX_STREAM_BYTES = MAX_OFFSET - 1;

/** Largest stream id. */
export const MAX_STREAM_ID = 2 ** 32 - 1;

/** Bounds of the multiplexer as a link holds them; see {@link MUX_LIMITS} for units and reasons. */
export type MuxLimits = Readonly<Record<keyof typeof MUX_LIMITS, number>>;

/** Frame types by name. Numbers are never reused. */
export const FRAME = {
  /** Opens a stream; offset: credit granted to the acceptor; payload: the request, opaque here. */
  open: 1,
  /** Bytes of a stream; offset: position of the first. */
  data: 2,
  /** Orderly end of one direction; offset: number of bytes it had. */
  fin: 3,
  /** The stream broke, both directions; offset: a code; payload: reason. */
  reset: 4,
  /** Raises what the peer may send; offset: the absolute limit. */
  credit: 5,
  /** Receipt; offset: everything before it was received. FIN takes one offset after the last byte. */
  ack: 6,
  /** Asks for a PONG; offset: a token. */
  ping: 7,
  /** Answers PING; offset: its token. */
  pong: 8,
  /** Open no more streams; offset: a code; payload: reason. */
  goAway: 9,
  /** The stream is over at the sender, which keeps nothing of it: answers RESET, and what repeats. */
  gone: 10,
  /** The link is over, for good; offset: a code; payload: reason. */
  close: 11,
} as const;

export type FrameName = keyof typeof FRAME;
export type FrameType = (typeof FRAME)[FrameName];

/** Flag of OPEN: the stream is to be sent before bulk streams, in both directions. */
export const FLAG_CONTROL = 0x01;

/**
 * RESET codes of the multiplexer itself. Codes of RESET and GOAWAY from 1 to 65535 belong to the program
 * above; 0 and those from 65536 up belong to the multiplexer.
 */
export const RESET_CODE = {
  /** The other end broke the connection and gave no better reason. */
  aborted: 0,
  /** Too many streams are open. */
  refused: 0x1_0001,
  /** The peer accepts no more streams: it sent GOAWAY. */
  goingAway: 0x1_0002,
} as const;

/** Words for {@link RESET_CODE} in `ChannelBroken.code`. */
export const RESET_WORDS: ReadonlyMap<number, string> = new Map<number, string>([
  [RESET_CODE.aborted, 'ECONNRESET'],
  [RESET_CODE.refused, 'stream-refused'],
  [RESET_CODE.goingAway, 'going-away'],
]);

/** Header of a frame. */
export interface FrameHeader {
  readonly type: FrameType;
  /** 8 bits; unknown ones are sent as zero and ignored. */
  readonly flags: number;
  /** 0 … 2^48 - 1; its meaning depends on the type. */
  readonly offset: number;
  /** 0 for frames of the link itself. */
  readonly stream: number;
  /** Bytes of payload that follow the header. */
  readonly length: number;
}

/** A frame on its way out. The payload is not copied. */
export interface OutgoingFrame {
  readonly header: FrameHeader;
  readonly payload?: Uint8Array;
  /** A hold on the payload, if it is on loan; whoever takes the frame releases it once it was sent. */
  readonly lease?: Lease | undefined;
  /** Where DATA is kept until it is acknowledged; the hold is its own then, and is told the mask. */
  readonly kept?: { mask: number } | undefined;
}

/** What a header of a type must look like. */
export interface FrameRule {
  readonly name: FrameName;
  /** Link frames have stream 0, stream frames any other. */
  readonly scope: 'link' | 'stream';
  /** Which limit bounds the payload. */
  readonly bound: 'dataPayload' | 'controlPayload' | 'reasonText' | 'none';
}

/** Rules by type number. */
export const FRAME_RULES: ReadonlyMap<number, FrameRule> = new Map<number, FrameRule>([
  [FRAME.open, { name: 'open', scope: 'stream', bound: 'controlPayload' }],
  [FRAME.data, { name: 'data', scope: 'stream', bound: 'dataPayload' }],
  [FRAME.fin, { name: 'fin', scope: 'stream', bound: 'none' }],
  [FRAME.reset, { name: 'reset', scope: 'stream', bound: 'reasonText' }],
  [FRAME.credit, { name: 'credit', scope: 'stream', bound: 'none' }],
  [FRAME.ack, { name: 'ack', scope: 'stream', bound: 'none' }],
  [FRAME.ping, { name: 'ping', scope: 'link', bound: 'none' }],
  [FRAME.pong, { name: 'pong', scope: 'link', bound: 'none' }],
  [FRAME.goAway, { name: 'goAway', scope: 'link', bound: 'reasonText' }],
  [FRAME.gone, { name: 'gone', scope: 'stream', bound: 'none' }],
  [FRAME.close, { name: 'close', scope: 'link', bound: 'reasonText' }],
]);

/** One line for a log, for example `data stream=3 offset=65536 length=1400`. */
export function describeFrame(header: FrameHeader): string {
  const rule = FRAME_RULES.get(header.type);
  const parts: string[] = [rule?.name ?? `type-${String(header.type)}`];
  if (header.stream !== 0) parts.push(`stream=${header.stream}`);
  parts.push(`offset=${header.offset}`);
  if (header.flags !== 0) parts.push(`flags=0x${header.flags.toString(16).padStart(2, '0')}`);
  if (header.length > 0) parts.push(`length=${header.length}`);
  return parts.join(' ');
}

/** Builds a frame; the header's length follows from the payload. */
export function frameOf(
  type: FrameType,
  stream: number,
  offset: number,
  payload?: Uint8Array,
  flags = 0,
): OutgoingFrame {
  const header = { type, flags, offset, stream, length: payload?.length ?? 0 };
  return payload === undefined || payload.length === 0 ? { header } : { header, payload };
}
