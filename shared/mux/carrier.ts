import type { Lease } from '../lease.ts';

/**
 * What carries a link: one WebSocket in the product, a pipe in memory or a TCP connection in tests.
 * It transports a sequence of bytes in order; its message boundaries carry no meaning.
 * It never calls its sink from within `send`, `cork`, `uncork`, `close` or `terminate`.
 */
export interface Carrier {
  /** Begins delivery. Called once by the link. */
  start(sink: CarrierSink): void;
  /**
   * Queues bytes of frames; header and payload are separate buffers so that no payload is copied.
   * The carrier owns both from here on, and may alter them where they lie (a WebSocket client masks).
   * A payload with a lease is on loan, and may be altered all the same: it is only being sent.
   * @returns what {@link restore} needs to undo that; 0 if the payload is as it was
   */
  send(header: Uint8Array, payload?: Uint8Array, lease?: Lease): number;
  /**
   * Makes a payload what it was before it was sent. Only on a carrier that has ended: it would still be
   * sending it.
   * @param mask what {@link send} returned for it
   */
  restore(payload: Uint8Array, mask: number): void;
  /** Bytes sent that the kernel has not taken yet. */
  readonly backlog: number;
  /** Groups the sends that follow until `uncork` into as few writes as possible. */
  cork(): void;
  uncork(): void;
  /**
   * Closes in an orderly way after what was sent; code and reason for the WebSocket
   * close frame, which the carrier cuts to the 123 bytes that fit.
   */
  close(code: number, reason: string): void;
  /** Ends at once. */
  terminate(): void;
}

/** The link, as its carrier sees it. */
export interface CarrierSink {
  /** Bytes came. Without a lease they are the sink's to keep; with one, see {@link Lease}. */
  bytes(chunk: Uint8Array, lease?: Lease): void;
  /** The backlog has fallen; send more. */
  drain(): void;
  /** The carrier is gone; exactly once, the last call. */
  closed(reason: string): void;
}
