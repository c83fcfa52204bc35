/** What is put off on a link until its next tick, or until there is room. No I/O, no timer. */
import type { KeptBytes } from './sent-log.ts';
import type { Stream } from './stream.ts';

/** What a stream with a window that grew had received, and when that was seen first. */
interface Watched {
  bytes: number;
  since: number;
}

export class Upkeep {
  #acks = new Set<Stream>();
  #waiting = new Set<Stream>();
  readonly #grown = new Map<Stream, Watched>();

  /** The stream has received something that no ACK told yet. */
  ackLater(stream: Stream): void {
    this.#acks.add(stream);
  }

  /** The stream would send, but for what the link keeps already. */
  waitForRoom(stream: Stream): void {
    this.#waiting.add(stream);
  }

  windowGrew(stream: Stream): void {
    if (!this.#grown.has(stream)) this.#grown.set(stream, { bytes: -1, since: 0 });
  }

  /** The stream is settled. */
  forget(stream: Stream): void {
    this.#acks.delete(stream);
    this.#waiting.delete(stream);
    this.#grown.delete(stream);
  }

  /** Streams that may send again, if there is room for what they send to be kept. */
  takeReady(kept: KeptBytes | undefined): ReadonlySet<Stream> {
    const ready = this.#waiting;
    if (ready.size === 0 || kept?.isFull === true) return NOBODY;
    this.#waiting = new Set();
    return ready;
  }

  /**
   * @param now milliseconds
   * @param idle milliseconds without bytes after which a window goes back to what it began with
   */
  tick(now: number, idle: number): void {
    const acks = this.#acks;
    this.#acks = new Set();
    for (const stream of acks) stream.owedAck();
    for (const [stream, watched] of this.#grown) {
      const bytes = stream.bytesReceived;
      if (bytes !== watched.bytes) {
        watched.bytes = bytes;
        watched.since = now;
      } else if (now - watched.since >= idle) {
        this.#grown.delete(stream);
        stream.rest();
      }
    }
  }
}

const NOBODY: ReadonlySet<Stream> = new Set();
