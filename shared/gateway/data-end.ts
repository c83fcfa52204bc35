import type { Channel } from '../channel.ts';
import { SpliceEnd, type SpliceWatcher } from './splice.ts';
import type { Throttle, ThrottledChannel } from './throttled-channel.ts';

/** One end of a data connection, and how far it has come. Until a channel stands there it is absent. */
export class DataEnd {
  #splice: SpliceEnd | undefined;
  #throttled: ThrottledChannel | undefined;
  #ended = false;
  #flushed = false;
  #closed = false;

  /** Puts a channel there; called once. What happens to it is noted here before the watcher is told. */
  attach(channel: Channel, throttle: Throttle | undefined, watcher: SpliceWatcher): void {
    this.#throttled = throttle?.(channel);
    this.#splice = new SpliceEnd(this.#throttled ?? channel, {
      ended: () => {
        this.#ended = true;
        watcher.ended();
      },
      flushed: () => {
        this.#flushed = true;
        watcher.flushed();
      },
      closed: (broken) => {
        this.#closed = true;
        watcher.closed(broken);
      },
      moved: () => watcher.moved(),
    });
  }

  /** Lets bytes flow both ways, once both ends are there. */
  static join(one: DataEnd, other: DataEnd): void {
    if (one.#splice !== undefined && other.#splice !== undefined) {
      SpliceEnd.join(one.#splice, other.#splice);
    }
  }

  /** A channel stands there, or stood. */
  get there(): boolean {
    return this.#splice !== undefined;
  }

  /** Its peer ended its direction. */
  get ended(): boolean {
    return this.#ended;
  }

  /** All we sent, with the end, has left this program. */
  get flushed(): boolean {
    return this.#flushed;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Nothing is left of it, or nothing ever came. */
  get over(): boolean {
    return this.#splice === undefined || this.#closed;
  }

  /** Payload bytes that came from its peer and were passed on. */
  get received(): number {
    return this.#splice?.received ?? 0;
  }

  /** Anything came from its peer at all. */
  get heard(): boolean {
    return this.#ended || this.#splice?.heard === true;
  }

  /** Bytes of its peer wait for a bandwidth limit. */
  get throttled(): boolean {
    return this.#throttled?.waiting === true;
  }

  /** Sends the orderly end after what was passed to it. */
  finish(): void {
    this.#splice?.finish();
  }

  /** What still comes from its peer goes nowhere. */
  discard(): void {
    this.#splice?.discard();
  }

  reset(reason: string): void {
    if (!this.#closed) this.#splice?.reset(reason);
  }
}
