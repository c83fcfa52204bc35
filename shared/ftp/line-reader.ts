import { FTP_LIMITS } from '../limits.ts';
import { LineBuffer } from './line-buffer.ts';
import { TelnetFilter } from './telnet.ts';

/** Why a command line is not one. */
export type CommandFault = 'too-long' | 'nul' | 'bare-cr';

/** A line of a client, or what stood in its place. */
export type CommandLine = { kind: 'line'; line: Buffer } | { kind: 'fault'; fault: CommandFault };

const NUL = 0;
const LF = 10;
const CR = 13;

/**
 * Cuts what an FTP client sends on the control connection into command lines (RFC 959 §4.1.3).
 *
 * A line ends with CRLF, or with a bare LF as many servers accept. Telnet sequences are removed, so
 * that nothing of Telnet reaches the server. A line never contains CR, LF or NUL: a line that would
 * is a fault, reported once, when its end is reached. A line longer than the bound is reported the
 * moment it passes the bound; the rest of it is discarded unbuffered.
 *
 * One exception: `ABOR` ends with its CR. Clients send it as urgent data, whose last byte, the LF, the
 * system takes out of the stream; nothing would come before the client has its answer.
 *
 * Any split of the input gives the same lines.
 */
export class CommandLineReader {
  readonly #maxLine: number;
  readonly #telnet = new TelnetFilter();
  readonly #held = new LineBuffer();
  /** A CR came and the byte after it is not known yet. */
  #afterCr = false;
  /** ABOR ended with its CR; an LF after it is no line of its own. */
  #afterAbor = false;
  /** The first fault of the line at hand; its bytes are no longer kept. */
  #fault: CommandFault | undefined;
  #discarded = 0;

  /** @param maxLine most bytes of a line, without its end */
  constructor(maxLine: number = FTP_LIMITS.commandLine) {
    this.#maxLine = maxLine;
  }

  /** Bytes thrown away so far without being buffered: the rest of faulty lines, and subnegotiations. */
  get discarded(): number {
    return this.#discarded;
  }

  /** Bytes held of a line that has no end yet. */
  get pending(): number {
    return this.#held.length;
  }

  /** Takes what came and answers the lines it completed, in order. Keeps no reference to `chunk`. */
  push(chunk: Uint8Array): CommandLine[] {
    const lines: CommandLine[] = [];
    for (const byte of chunk) {
      const verdict = this.#telnet.accept(byte);
      if (verdict === 'data') this.#accept(byte, lines);
      else if (verdict === 'discarded') this.#discarded += 1;
    }
    return lines;
  }

  #accept(byte: number, lines: CommandLine[]): void {
    const isEndOfAbor = this.#afterAbor && byte === LF;
    this.#afterAbor = false;
    if (isEndOfAbor) return;
    if (byte === LF) {
      this.#endLine(lines);
      return;
    }
    if (byte === CR && !this.#afterCr && this.#isAbor()) {
      this.#endLine(lines);
      this.#afterAbor = true;
      return;
    }
    if (this.#afterCr) this.#fail('bare-cr');
    this.#afterCr = byte === CR;
    if (byte === NUL) this.#fail('nul');
    if (byte === CR) return;
    if (this.#fault !== undefined) {
      this.#discarded += 1;
    } else if (this.#held.length < this.#maxLine) {
      this.#held.push(byte);
    } else {
      this.#fail('too-long');
      this.#discarded += 1;
      lines.push({ kind: 'fault', fault: 'too-long' });
    }
  }

  /** Whether the line so far is ABOR and nothing else, which takes no argument. */
  #isAbor(): boolean {
    return this.#fault === undefined && this.#held.is('ABOR');
  }

  #endLine(lines: CommandLine[]): void {
    if (this.#fault === undefined) lines.push({ kind: 'line', line: this.#held.take() });
    else if (this.#fault !== 'too-long') lines.push({ kind: 'fault', fault: this.#fault });
    this.#fault = undefined;
    this.#afterCr = false;
  }

  #fail(fault: CommandFault): void {
    this.#fault ??= fault;
    this.#held.clear();
  }
}
