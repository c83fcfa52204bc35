import { Buffer } from 'node:buffer';
import type { Channel, ChannelConsumer } from '../shared/channel.ts';
import type { Lease } from '../shared/lease.ts';

/** A channel's first bytes, as soon as they are there, and the channel that delivers the rest. */
export interface SplitChannel {
  readonly preamble: Promise<Uint8Array>;
  readonly rest: Channel;
}

/** @param length of the preamble in bytes; without one the channel stays as it is */
export function splitPreamble(channel: Channel, length = 0): SplitChannel {
  if (length === 0) return { preamble: Promise.resolve(Buffer.alloc(0)), rest: channel };
  const rest = new PreambledChannel(channel, length);
  return { preamble: rest.preamble, rest };
}

/**
 * A channel whose first bytes are taken out of it: they go to the FTP server in clear, before TLS, and the
 * rest within. The channel is started at once; its consumer, whenever it comes, gets the rest.
 */
class PreambledChannel implements Channel {
  /** The first bytes. Never settles if the channel ends or breaks before. */
  readonly preamble: Promise<Buffer>;
  readonly #channel: Channel;
  #consumer: ChannelConsumer | undefined;
  #missing: number;
  #paused = false;
  readonly #head: Buffer[] = [];
  /** What came behind the preamble, in its chunk. */
  #rest = Buffer.alloc(0);
  #taken: (bytes: Buffer) => void = () => {};

  /** @param length of the preamble in bytes, 1 or more */
  constructor(channel: Channel, length: number) {
    this.#channel = channel;
    this.#missing = length;
    this.preamble = new Promise((resolve) => (this.#taken = resolve));
    channel.start({
      borrows: true,
      data: (chunk, lease) => this.#data(chunk, lease),
      end: () => {
        if (this.#missing > 0) channel.reset('the end came before the preamble');
        else this.#consumer?.end();
      },
      drain: () => this.#consumer?.drain(),
      flushed: () => this.#consumer?.flushed(),
      closed: (broken) => this.#consumer?.closed(broken),
    });
  }

  /** To be called before the channel can have closed: in the turn in which this was made. */
  start(consumer: ChannelConsumer): void {
    this.#consumer = consumer;
  }

  write(chunk: Uint8Array, lease?: Lease): boolean {
    return this.#channel.write(chunk, lease);
  }

  end(): void {
    this.#channel.end();
  }

  reset(reason: string): void {
    this.#channel.reset(reason);
  }

  /** The preamble comes all the same. */
  pause(): void {
    this.#paused = true;
    if (this.#missing === 0) this.#channel.pause();
  }

  /** Not before {@link preamble} is there. */
  resume(): void {
    this.#paused = false;
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    if (rest.length > 0) this.#consumer?.data(rest);
    // The rest may have filled whom it went to.
    if (!this.#paused) this.#channel.resume();
  }

  #data(chunk: Uint8Array, lease: Lease | undefined): void {
    if (this.#missing === 0) {
      const consumer = this.#consumer;
      if (lease === undefined || consumer?.borrows === true) consumer?.data(chunk, lease);
      else consumer?.data(Buffer.from(chunk));
      return;
    }
    const head = Buffer.from(chunk.subarray(0, this.#missing));
    this.#head.push(head);
    this.#missing -= head.length;
    if (this.#missing > 0) return;
    this.#rest = Buffer.from(chunk.subarray(head.length));
    this.#channel.pause();
    this.#taken(Buffer.concat(this.#head));
  }
}
