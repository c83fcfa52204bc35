import type { Channel, ChannelBroken, ChannelConsumer } from '../channel.ts';
import type { TlsFacts } from './events.ts';
import type { ControlChannel } from './sides.ts';

/**
 * A channel that two consumers have, one after the other: what the first has taken and not used is the
 * beginning of what the second gets.
 */
export class PassedChannel implements Channel {
  readonly #inner: Channel;
  #consumer: ChannelConsumer | undefined;
  /** Bytes for the second consumer that the first one took. */
  #rest: Uint8Array | undefined;
  /** It was over between the two. */
  #closed: { broken: ChannelBroken | undefined } | undefined;
  #paused = false;

  /** Begins delivery to the first consumer. */
  constructor(inner: Channel, first: ChannelConsumer) {
    this.#inner = inner;
    this.#consumer = first;
    inner.start({
      data: (chunk) => this.#consumer?.data(chunk),
      end: () => this.#consumer?.end(),
      drain: () => this.#consumer?.drain(),
      flushed: () => this.#consumer?.flushed(),
      closed: (broken) => {
        if (this.#consumer === undefined) this.#closed = { broken };
        else this.#consumer.closed(broken);
      },
    });
  }

  /** Ends delivery to the first consumer; from now on it can be started once more. */
  pass(rest: Uint8Array): void {
    this.#inner.pause();
    this.#consumer = undefined;
    this.#paused = false;
    this.#rest = rest;
  }

  start(consumer: ChannelConsumer): void {
    this.#consumer = consumer;
    // As with every channel nothing is delivered before this call has returned.
    queueMicrotask(() => this.#deliver());
  }

  write(chunk: Uint8Array): boolean {
    return this.#inner.write(chunk);
  }

  end(): void {
    this.#inner.end();
  }

  reset(reason: string): void {
    this.#inner.reset(reason);
  }

  pause(): void {
    this.#paused = true;
    this.#inner.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#rest === undefined) this.#inner.resume();
    else queueMicrotask(() => this.#deliver());
  }

  #deliver(): void {
    const rest = this.#rest;
    if (this.#closed !== undefined) {
      const { broken } = this.#closed;
      this.#closed = undefined;
      this.#rest = undefined;
      this.#consumer?.closed(broken);
    } else if (rest !== undefined && !this.#paused) {
      this.#rest = undefined;
      if (rest.length > 0) this.#consumer?.data(rest);
      if (!this.#paused) this.#inner.resume();
    }
  }
}

/** A client's control connection that two have, one after the other; TLS may begin at either. */
export class PassedControl extends PassedChannel implements ControlChannel {
  readonly #control: ControlChannel;

  constructor(inner: ControlChannel, first: ChannelConsumer) {
    super(inner, first);
    this.#control = inner;
  }

  secure(secured: (facts: TlsFacts) => void): void {
    this.#control.secure(secured);
  }
}
