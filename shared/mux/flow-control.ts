/**
 * Credit arithmetic of one stream, without I/O. All numbers are absolute offsets from the beginning of
 * the stream, so a repeat is harmless. What does not add up is an error; nothing wraps around.
 */
import { LocalFault, ProtocolFault } from './errors.ts';
import { MAX_STREAM_BYTES } from './frame.ts';

/** Bytes that are worth a CREDIT in any case: about what is read at once. */
const CREDIT_STEP = 64 * 1024;

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
 * Invariant: consumed ≤ received ≤ reached ≤ granted. Granted never passes consumed + window at the time of
 * the grant, so at most the largest window so far is ever held.
 */
export class ReceiveCredit {
  #window: number;
  #granted: number;
  #received = 0;
  /** End of the data that lies furthest ahead. */
  #reached = 0;
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

  /** What the consumer has taken. */
  get consumed(): number {
    return this.#consumed;
  }

  /** What an ACK says: one more than the final offset once everything and FIN were received. */
  get acknowledge(): number {
    return this.#received + (this.isComplete ? 1 : 0);
  }

  /** The limit the peer knows. */
  get granted(): number {
    return this.#granted;
  }

  /** Bytes between what was received in order and the data that lies furthest ahead. */
  get span(): number {
    return this.#reached - this.#received;
  }

  /** FIN came, and everything before it. */
  get isComplete(): boolean {
    return this.#received === this.#final;
  }

  /** Another window from here on. What was granted stays granted. */
  resize(window: number): void {
    this.#window = window;
  }

  /**
   * Judges a DATA frame by its header.
   * @throws ProtocolFault `beyond-credit`, `final-offset-changed`
   */
  admit(offset: number, length: number): void {
    const end = offset + length;
    if (end > this.#granted) throw new ProtocolFault('beyond-credit', `${end} of ${this.#granted}`);
    if (this.#final !== undefined && end > this.#final) {
      throw new ProtocolFault('final-offset-changed', `data to ${end}, end at ${this.#final}`);
    }
    this.#reached = Math.max(this.#reached, end);
  }

  /** For a carrier that keeps order by itself. @throws ProtocolFault `data-gap` */
  refuseGap(offset: number): void {
    if (offset > this.#received) {
      throw new ProtocolFault('data-gap', `offset ${offset}, expected ${this.#received}`);
    }
  }

  /** Books bytes of admitted frames that follow on what was received. */
  advance(bytes: number): void {
    this.#received += bytes;
  }

  /** The peer's FIN. @throws ProtocolFault `final-offset-changed` */
  finish(final: number): void {
    const isKnown = this.#final !== undefined && final !== this.#final;
    if (isKnown || final < this.#reached) {
      const before = this.#final ?? this.#reached;
      throw new ProtocolFault('final-offset-changed', `end at ${final}, before at ${before}`);
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

  /**
   * Whether a CREDIT is worth a frame, as far as the peer may still send: half of a small window is owed, of a
   * large one an eighth. What is owed and not granted is missing from what can be under way.
   */
  get owes(): boolean {
    if (this.#final !== undefined) return false;
    const owed = this.#nextLimit() - this.#granted;
    const worth = Math.max(Math.min(this.#window / 2, CREDIT_STEP), this.#window / 8);
    return owed > 0 && owed >= worth;
  }

  /** Grants all that is owed; returns the limit to send. */
  grant(): number {
    this.#granted = Math.max(this.#granted, this.#nextLimit());
    return this.#granted;
  }

  #nextLimit(): number {
    return Math.min(this.#consumed + this.#window, MAX_STREAM_BYTES);
  }
}

function checkedLimit(limit: number): number {
  if (limit <= MAX_STREAM_BYTES) return limit;
  throw new ProtocolFault('credit-overflow', `${limit}, at most ${MAX_STREAM_BYTES}`);
}
