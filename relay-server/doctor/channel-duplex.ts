import { Buffer } from 'node:buffer';
import { Duplex } from 'node:stream';
import type { Channel, ChannelBroken } from '../../shared/channel.ts';

/** A channel broke. */
export class ChannelFault extends Error {
  override readonly name = 'ChannelFault';
  readonly broken: ChannelBroken;

  constructor(broken: ChannelBroken) {
    super(broken.reason);
    this.broken = broken;
  }
}

/** A channel for those who speak Node's streams, TLS among them; for few bytes. Destroying it resets the channel. */
export class ChannelDuplex extends Duplex {
  readonly #channel: Channel;
  #drained: (() => void) | undefined;

  /** @param channel not started */
  constructor(channel: Channel) {
    super({ allowHalfOpen: true });
    this.#channel = channel;
    // Whoever has it looks at it later than it may break.
    this.on('error', () => {});
    channel.start({
      data: (chunk) => {
        if (!this.push(chunk)) channel.pause();
      },
      end: () => this.push(null),
      drain: () => {
        const drained = this.#drained;
        this.#drained = undefined;
        drained?.();
      },
      flushed: () => {},
      closed: (broken) => {
        if (broken !== undefined) this.destroy(new ChannelFault(broken));
      },
    });
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Uint8Array, _encoding: string, taken: () => void): void {
    // The channel owns what it is given, and the writer may look at it again.
    if (this.#channel.write(Buffer.from(chunk))) taken();
    else this.#drained = taken;
  }

  override _final(done: () => void): void {
    this.#channel.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const isOver = this.readableEnded && this.writableFinished;
    if (!isOver) this.#channel.reset('the doctor is done with it');
    done(error);
  }
}
