/**
 * What a stream has to say besides its bytes: OPEN, RESET, CREDIT and ACK. Pure. On a link that resumes each is
 * due again when the carrier that had it is lost, until the peer is known to have it.
 */
import { FRAME, frameOf, type OutgoingFrame } from './frame.ts';

/** Where CREDIT and ACK take their numbers from. */
export interface Receipts {
  readonly owesCredit: boolean;
  /** Grants what is owed; returns the limit. */
  grant(): number;
  /** What an ACK says now. */
  acknowledge(): number;
}

export class UrgentFrames {
  readonly #id: number;
  /** Whether the link resumes: only then anything is said again. */
  readonly #repeats: boolean;
  readonly #receipts: Receipts;
  /** Until the peer is heard on the stream. */
  #open: OutgoingFrame | undefined;
  #openSent = false;
  /** Until the peer has answered it. */
  #reset: OutgoingFrame | undefined;
  readonly #due = { open: false, reset: false, credit: false, ack: false };

  constructor(
    id: number,
    options: { open: OutgoingFrame | undefined; repeats: boolean; receipts: Receipts },
  ) {
    this.#id = id;
    this.#open = options.open;
    this.#due.open = options.open !== undefined;
    this.#repeats = options.repeats;
    this.#receipts = options.receipts;
  }

  /** The peer is not known to have heard of the stream. */
  get isUnconfirmed(): boolean {
    return this.#open !== undefined;
  }

  /** RESET waits to be sent, or for its answer. */
  get hasReset(): boolean {
    return this.#reset !== undefined;
  }

  /** The peer was heard on the stream. @returns whether that is news */
  confirm(): boolean {
    const isNews = this.#open !== undefined;
    this.#open = undefined;
    return isNews;
  }

  /** Something was received, or accepted, that the peer should know of. */
  oweAck(): void {
    this.#due.ack = true;
  }

  /** The peer sends no more. */
  oweNoCredit(): void {
    this.#due.credit = false;
  }

  /** The stream broke here. The peer never heard of one whose OPEN was not sent. */
  breakWith(code: number, reason: Uint8Array): void {
    if (this.#open !== undefined && !this.#openSent) return;
    this.#reset = frameOf(FRAME.reset, this.#id, code, reason);
    this.#due.reset = true;
  }

  /** The stream broke: nothing is said of it any more, but RESET. */
  discard(): void {
    this.#open = undefined;
    this.#due.ack = false;
    this.#due.credit = false;
  }

  /** Both ends are done with the stream. */
  settle(): void {
    this.#reset = undefined;
  }

  /** RESET is due again, if it was not answered. */
  repeatReset(): void {
    this.#due.reset = this.#reset !== undefined;
  }

  /**
   * Everything that was said is due again.
   * @param says whether ACK and CREDIT are part of it
   */
  repeat(says: { ack: boolean; credit: boolean }): void {
    this.#due.open = this.#open !== undefined;
    this.repeatReset();
    this.#due.ack = says.ack && this.#open === undefined;
    this.#due.credit = says.credit;
  }

  /** The next frame, if any is due. */
  take(): OutgoingFrame | undefined {
    return this.#takeOpen() ?? this.#takeReset() ?? this.#takeReceipt();
  }

  #takeOpen(): OutgoingFrame | undefined {
    const open = this.#open;
    if (!this.#due.open || open === undefined) return undefined;
    this.#due.open = false;
    this.#openSent = true;
    if (!this.#repeats) this.#open = undefined;
    return open;
  }

  #takeReset(): OutgoingFrame | undefined {
    if (!this.#due.reset) return undefined;
    this.#due.reset = false;
    return this.#reset;
  }

  #takeReceipt(): OutgoingFrame | undefined {
    if (this.#due.credit || this.#receipts.owesCredit) {
      this.#due.credit = false;
      this.#due.ack = true;
      return frameOf(FRAME.credit, this.#id, this.#receipts.grant());
    }
    if (!this.#due.ack) return undefined;
    this.#due.ack = false;
    return frameOf(FRAME.ack, this.#id, this.#receipts.acknowledge());
  }
}
