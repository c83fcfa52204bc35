/** A buffer that never holds more than a line starts at this size and doubles. */
const FIRST_SIZE = 128;

/** The bytes of a line that has no end yet. Knows no protocol and no bound: its owner checks first. */
export class LineBuffer {
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  /** Bytes held. */
  get length(): number {
    return this.#length;
  }

  /** Adds one byte. */
  push(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }

  /** Adds a copy of `chunk`. */
  append(chunk: Uint8Array): void {
    this.#reserve(chunk.length);
    this.#bytes.set(chunk, this.#length);
    this.#length += chunk.length;
  }

  /** Whether the bytes held spell a word of ASCII letters, in whatever case. */
  is(word: string): boolean {
    if (this.#length !== word.length) return false;
    return this.#bytes.toString('latin1', 0, this.#length).toUpperCase() === word;
  }

  /** Answers a copy of what is held and forgets it. */
  take(): Buffer {
    const line = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.clear();
    return line;
  }

  /** Forgets what is held, and its memory, so that an idle connection costs none. */
  clear(): void {
    this.#bytes = this.#bytes.length > FIRST_SIZE ? Buffer.alloc(0) : this.#bytes;
    this.#length = 0;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.alloc(Math.max(FIRST_SIZE, this.#bytes.length * 2, needed));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
