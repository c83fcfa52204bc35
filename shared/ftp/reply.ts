import { FTP_LIMITS } from '../limits.ts';
import { LineBuffer } from './line-buffer.ts';

/** One reply of a server, single-line or multi-line (RFC 959 §4.2). */
export interface Reply {
  /** 100 to 699. */
  code: number;
  /** At least one; verbatim, without line ends, never re-encoded. The first begins with the code. */
  lines: Buffer[];
}

/** Writes a reply with CRLF line ends. */
export function encodeReply(reply: Reply): Buffer {
  const end = Buffer.from('\r\n');
  return Buffer.concat(reply.lines.flatMap((line) => [line, end]));
}

/**
 * Makes a reply of our own. Text is written as UTF-8; a line end or NUL in it becomes a space, so
 * that no text can end the reply early.
 * @param text one text for a single line; several make a multi-line reply. Lines in between are
 *   written as they are, behind a space if they begin with a digit (RFC 959 §4.2).
 * @throws RangeError if the code is not within 100 to 699
 */
export function reply(code: number, text: string | string[]): Reply {
  if (!Number.isInteger(code) || code < 100 || code > 699) {
    throw new RangeError(`${code} is not an FTP reply code`);
  }
  const texts = (typeof text === 'string' ? [text] : text).map((line) =>
    // eslint-disable-next-line no-control-regex -- these are the very characters to keep out
    line.replaceAll(/[\r\n\0]+/g, ' '),
  );
  const last = texts.length - 1;
  if (last < 1) return { code, lines: [Buffer.from(`${code} ${texts[0] ?? ''}`)] };
  const lines = texts.map((line, index) => {
    if (index === 0) return Buffer.from(`${code}-${line}`);
    if (index === last) return Buffer.from(`${code} ${line}`);
    return Buffer.from(/^\d/.test(line) ? ` ${line}` : line);
  });
  return { code, lines };
}

/** @returns the text of the last line after the code, as Latin-1 */
export function replyText(reply: Reply): string {
  return reply.lines.at(-1)?.toString('latin1', 4) ?? '';
}

/** 1xx: the final reply comes later. */
export function isPreliminary(reply: Reply | number): boolean {
  return category(reply) === 1;
}

/** 2xx: done. */
export function isCompletion(reply: Reply | number): boolean {
  return category(reply) === 2;
}

/** 3xx: the server waits for the command that belongs to this one. */
export function isIntermediate(reply: Reply | number): boolean {
  return category(reply) === 3;
}

/** 4xx or 5xx: refused or failed. */
export function isFailure(reply: Reply | number): boolean {
  return category(reply) === 4 || category(reply) === 5;
}

function category(reply: Reply | number): number {
  return Math.trunc((typeof reply === 'number' ? reply : reply.code) / 100);
}

/** Bounds of a {@link ReplyReader}; each one left out is that of FTP_LIMITS. */
export interface ReplyLimits {
  /** Bytes of one line, without its end. */
  line?: number;
  /** Bytes of all lines of one reply, without their ends. */
  bytes?: number;
  /** Lines of one reply. */
  lines?: number;
}

/** The bounds in force when nothing else is asked for. */
const DEFAULT_REPLY_LIMITS: Required<ReplyLimits> = {
  line: FTP_LIMITS.replyLine,
  bytes: FTP_LIMITS.replyBytes,
  lines: FTP_LIMITS.replyLines,
};

/** What a server may do wrong, and how it is told to people. */
const FAULTS = {
  'reply-line-too-long': 'the FTP server sent a reply line without an end',
  'reply-too-long': 'the FTP server sent a reply without an end',
  'reply-not-ftp': 'the FTP server sent something that is not an FTP reply',
} as const;

/** Stable codes of {@link FtpSyntaxError}. */
export type FtpSyntaxCode = keyof typeof FAULTS;

/** What the server sent is not FTP, or more than anybody will hold. */
export class FtpSyntaxError extends Error {
  override readonly name = 'FtpSyntaxError';
  readonly code: FtpSyntaxCode;
  /** The replies that were complete before the fault, in the same chunk. */
  readonly replies: Reply[];

  constructor(code: FtpSyntaxCode, replies: Reply[]) {
    super(FAULTS[code]);
    this.code = code;
    this.replies = replies;
  }
}

const LF = 10;
const CR = 13;
const SPACE = 32;
const HYPHEN = 45;

/**
 * Cuts what an FTP server sends on the control connection into replies (RFC 959 §4.2).
 *
 * A multi-line reply ends at the first line that begins with its own code and a space, or is nothing
 * but the code; whatever stands in between belongs to it. Lines may end with a bare LF. Any split of
 * the input gives the same replies. After a fault the reader stays broken: it repeats the error.
 */
export class ReplyReader {
  readonly #limits: Required<ReplyLimits>;
  readonly #held = new LineBuffer();
  /** Lines of the multi-line reply at hand, and their bytes. */
  #open: Buffer[] = [];
  #openBytes = 0;
  #broken: FtpSyntaxCode | undefined;

  constructor(limits: ReplyLimits = {}) {
    this.#limits = { ...DEFAULT_REPLY_LIMITS, ...limits };
  }

  /** A reply has begun and not ended: a server that closes now broke off in the middle. */
  get partial(): boolean {
    return this.#held.length > 0 || this.#open.length > 0;
  }

  /**
   * Takes what came and answers the replies it completed, in order. Keeps no reference to `chunk`.
   * @throws FtpSyntaxError; its `replies` are those completed by this chunk before the fault
   */
  push(chunk: Uint8Array): Reply[] {
    const replies: Reply[] = [];
    let start = 0;
    while (this.#broken === undefined && start < chunk.length) {
      const end = chunk.indexOf(LF, start);
      this.#hold(chunk.subarray(start, end === -1 ? chunk.length : end));
      if (end === -1) break;
      if (this.#broken === undefined) this.#endLine(replies);
      start = end + 1;
    }
    if (this.#broken !== undefined) throw new FtpSyntaxError(this.#broken, replies);
    return replies;
  }

  /** Holds a part of a line; the bound allows for the CR that ends it. */
  #hold(part: Uint8Array): void {
    if (part.length === 0) return;
    const length = this.#held.length + part.length;
    if (length > this.#limits.line + 1) return this.#fail('reply-line-too-long');
    this.#held.append(part);
    if (length > this.#limits.line && part.at(-1) !== CR) this.#fail('reply-line-too-long');
  }

  #endLine(replies: Reply[]): void {
    const whole = this.#held.take();
    const line = whole.at(-1) === CR ? whole.subarray(0, -1) : whole;
    const first = this.#open[0];
    if (first === undefined && replyCode(line) === undefined) return this.#fail('reply-not-ftp');
    this.#open.push(line);
    this.#openBytes += line.length;
    if (this.#openBytes > this.#limits.bytes || this.#open.length > this.#limits.lines) {
      return this.#fail('reply-too-long');
    }
    if (first === undefined ? line[3] === HYPHEN : !endsReply(line, first)) return;
    replies.push({ code: replyCode(first ?? line) ?? 0, lines: this.#open });
    this.#open = [];
    this.#openBytes = 0;
  }

  #fail(code: FtpSyntaxCode): void {
    this.#broken = code;
    this.#held.clear();
    this.#open = [];
  }
}

/** @returns the code a line begins with, 100 to 699, or undefined */
function replyCode(line: Buffer): number | undefined {
  const digits = line.toString('latin1', 0, 3);
  return /^[1-6]\d\d$/.test(digits) ? Number(digits) : undefined;
}

function endsReply(line: Buffer, first: Buffer): boolean {
  const sameCode = line[0] === first[0] && line[1] === first[1] && line[2] === first[2];
  return sameCode && (line.length === 3 || line[3] === SPACE);
}
