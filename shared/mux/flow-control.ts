/**
 * Credit arithmetic of one stream, without I/O. All numbers are absolute offsets from the beginning of
 * the stream, so a repeat is harmless. What does not add up is an error; nothing wraps around.
 */
import { LocalFault, ProtocolFault } from './errors.ts';
import { MAX_STREAM_BYTES } from './frame.ts';

/**
 * The sending direction.
 * Invariant: acknowledged ≤ sent (+ 1 once FIN was sent), sent ≤ granted ≤ {@link MAX_STREAM_BYTES}.
 */
export class SendCredit {
  #granted: number;
  #sent = 0;
  #finSent = false;
  #acknowledged = 0;

  /** @throws ProtocolFault `credit-overflow` */
  constructor(granted: number) {
    this.#granted = checkedLimit(granted);
  }

  /** Bytes sent so far: the offset of the next one. */
  get sent(): number {
    return this.#sent;
  }

  /** Everything before this offset has reached the peer; `sent + 1` once FIN has. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Bytes that may be sent now. */
  get available(): number {
    return this.#granted - this.#sent;
  }

  /**
   * The peer's CREDIT. One below what was granted came late and changes nothing.
   * @throws ProtocolFault `credit-overflow`
   */
  grant(limit: number): void {
    this.#granted = Math.max(this.#granted, checkedLimit(limit));
  }

  /** Books bytes as sent; returns the offset of the first. @throws LocalFault if not available */
  take(bytes: number): number {
    if (bytes > this.available || this.#finSent) {
      throw new LocalFault('credit-misused', `${bytes} of ${this.available} bytes to send`);
    }
    const offset = this.#sent;
    this.#sent += bytes;
    return offset;
  }

  /** Books FIN as sent; returns the final offset. */
  finish(): number {
    this.#finSent = true;
    return this.#sent;
  }

  /** The peer's ACK. @throws ProtocolFault `ack-of-unsent` */
  acknowledge(offset: number): void {
    const most = this.#sent + (this.#finSent ? 1 : 0);
    if (offset > most) throw new ProtocolFault('ack-of-unsent', `${offset} of ${most}`);
    this.#acknowledged = Math.max(this.#acknowledged, offset);
  }
}

/**
 * The receiving direction.
 * Invariant: consumed ≤ received ≤ granted ≤ consumed + window. So at most `window` bytes are ever held.
 */
export class ReceiveCredit {
  readonly #window: number;
  #granted: number;
  #received = 0;
  #consumed = 0;
  #final: number | undefined;

  /**
   * @param window bytes the peer may be ahead of the consumer
   * @param granted what the peer may send before the first CREDIT, at most the window
   */
  constructor(window: number, granted: number) {
    if (granted > window)
      throw new LocalFault('bad-limits', `credit ${granted} > window ${window}`);
    this.#window = window;
    this.#granted = granted;
  }

  /** Everything before this offset was received. */
  get received(): number {
    return this.#received;
  }

  /** What an ACK says: one more than the final offset once FIN was received. */
  get acknowledge(): number {
    return this.#received + (this.#final === undefined ? 0 : 1);
  }

  /** The limit the peer knows. */
  get granted(): number {
    return this.#granted;
  }

  /**
   * Judges a DATA frame by its header.
   * @throws ProtocolFault `beyond-credit`, `data-gap`, `final-offset-changed`
   */
  admit(offset: number, length: number): void {
    const end = offset + length;
    if (end > this.#granted) throw new ProtocolFault('beyond-credit', `${end} of ${this.#granted}`);
    if (this.#final !== undefined && end > this.#final) {
      throw new ProtocolFault('final-offset-changed', `data to ${end}, end at ${this.#final}`);
    }
    this.#refuseGap(offset);
  }

  /**
   * Books bytes of an admitted frame.
   * @returns how many at the beginning were received before and are to be left out
   */
  receive(offset: number, length: number): number {
    const repeated = Math.min(length, this.#received - offset);
    this.#received += length - repeated;
    return repeated;
  }

  /** The peer's FIN. @throws ProtocolFault `data-gap`, `final-offset-changed` */
  finish(final: number): void {
    this.#refuseGap(final);
    const known = this.#final ?? this.#received;
    if (final !== known) {
      throw new ProtocolFault('final-offset-changed', `end at ${final}, before at ${known}`);
    }
    this.#final = final;
  }

  /** The consumer took bytes. @throws LocalFault if they were never received */
  consume(bytes: number): void {
    if (this.#consumed + bytes > this.#received) {
      throw new LocalFault('credit-misused', `${bytes} bytes consumed that were not received`);
    }
    this.#consumed += bytes;
  }

  /** Whether a CREDIT is worth a frame: half the window is owed, and the peer may still send. */
  get owes(): boolean {
    if (this.#final !== undefined) return false;
    return (
      (this.#nextLimit() - this.#granted) * 2 >= this.#window && this.#nextLimit() > this.#granted
    );
  }

  /** Grants all that is owed; returns the limit to send. */
  grant(): number {
    this.#granted = Math.max(this.#granted, this.#nextLimit());
    return this.#granted;
  }

  #nextLimit(): number {
    return Math.min(this.#consumed + this.#window, MAX_STREAM_BYTES);
  }

  // One carrier keeps order, so a gap is a fault. With several carriers a receiver will reorder here.
  #refuseGap(offset: number): void {
    if (offset > this.#received) {
      throw new ProtocolFault('data-gap', `offset ${offset}, expected ${this.#received}`);
    }
  }
}

function checkedLimit(limit: number): number {
  if (limit <= MAX_STREAM_BYTES) return limit;
  throw new ProtocolFault('credit-overflow', `${limit}, at most ${MAX_STREAM_BYTES}`);
}
