import type { Channel, ChannelBroken, ChannelConsumer } from '../channel.ts';
import type { Lease } from '../lease.ts';

/** What one end of a splice reports to the owner; bytes themselves never leave the splice. */
export interface SpliceWatcher {
  ended(): void;
  flushed(): void;
  closed(broken?: ChannelBroken): void;
  moved(): void;
}

/**
 * One end of a data connection: passes what its channel delivers to the end opposite, and stops its
 * channel while the end opposite is full or not there yet.
 *
 * The hot path of every transfer: a chunk costs one `write` and no allocation; one on loan is lent on.
 */
export class SpliceEnd implements ChannelConsumer {
  readonly borrows = true;
  readonly #channel: Channel;
  readonly #watcher: SpliceWatcher;
  #opposite: SpliceEnd | undefined;
  #discarding = false;
  /** Payload bytes this end received from its channel and passed on. */
  received = 0;
  /** Anything came at all. */
  heard = false;

  constructor(channel: Channel, watcher: SpliceWatcher) {
    this.#channel = channel;
    this.#watcher = watcher;
    channel.pause();
    channel.start(this);
  }

  /** Joins two ends; from here on bytes flow both ways. */
  static join(a: SpliceEnd, b: SpliceEnd): void {
    a.#opposite = b;
    b.#opposite = a;
    a.#channel.resume();
    b.#channel.resume();
  }

  /** Sends the orderly end after what was written. */
  finish(): void {
    this.#channel.end();
  }

  reset(reason: string): void {
    this.#channel.reset(reason);
  }

  /** From here on what comes goes nowhere. */
  discard(): void {
    this.#discarding = true;
    this.#channel.resume();
  }

  data(chunk: Uint8Array, lease?: Lease): void {
    this.heard = true;
    if (!this.#discarding) this.#pass(chunk, lease);
    this.#watcher.moved();
  }

  #pass(chunk: Uint8Array, lease?: Lease): void {
    this.received += chunk.length;
    const opposite = this.#opposite;
    if (opposite === undefined) {
      // Cannot happen with a channel that honours pause; losing bytes in silence must not either.
      this.#channel.reset('data came before both connections were there');
    } else if (!opposite.#channel.write(chunk, lease)) {
      this.#channel.pause();
    }
  }

  wentPast(bytes: number): void {
    this.heard = true;
    this.received = bytes;
    this.#watcher.moved();
  }

  drain(): void {
    const opposite = this.#opposite;
    if (opposite !== undefined) opposite.#channel.resume();
    this.#watcher.moved();
  }

  end(): void {
    this.#watcher.ended();
  }

  flushed(): void {
    this.#watcher.flushed();
  }

  closed(broken?: ChannelBroken): void {
    this.#watcher.closed(broken);
  }
}
