import type { Channel, ChannelBroken, ChannelConsumer } from '../shared/channel.ts';
import { SpliceEnd } from '../shared/gateway/splice.ts';

/** Which connection of a pair. */
export type PairEnd = 'server' | 'client';

export interface DirectPairOptions {
  server: Channel;
  client: Channel;
  /** All that one connection was sent, with the end, is with the kernel. */
  flushed: (end: PairEnd) => void;
  /** Bytes moved; how many that connection has delivered so far. */
  moved: (end: PairEnd, bytes: number) => void;
  /** That connection has delivered its last byte. Called before its face says so. */
  ended: (end: PairEnd) => void;
}

/**
 * A server's and a client's data connection whose bytes go from one to the other here, without the relay.
 * Their ends and resets do not: each is told to the relay by a face, which is a channel without bytes, and
 * what becomes of the other connection is the relay's to say. So a transfer is as true as any other.
 */
export class DirectPair {
  readonly server: Channel;
  readonly client: Channel;
  readonly #server: SpliceEnd;
  readonly #client: SpliceEnd;

  constructor(options: DirectPairOptions) {
    const server = new Face();
    const client = new Face();
    this.#server = server.show('server', options.server, options);
    this.#client = client.show('client', options.client, options);
    this.server = server;
    this.client = client;
  }

  /** Lets bytes flow, once both faces are listened to. */
  join(): void {
    SpliceEnd.join(this.#server, this.#client);
  }
}

class Face implements Channel {
  #consumer: ChannelConsumer | undefined;
  #real: SpliceEnd | undefined;
  #closed: { broken: ChannelBroken | undefined } | undefined;

  show(end: PairEnd, channel: Channel, { flushed, moved, ended }: DirectPairOptions): SpliceEnd {
    const real: SpliceEnd = new SpliceEnd(channel, {
      ended: () => {
        ended(end);
        this.#consumer?.end();
      },
      flushed: () => {
        flushed(end);
        this.#consumer?.flushed();
      },
      moved: () => moved(end, real.received),
      closed: (broken) => {
        this.#closed = { broken };
        this.#consumer?.closed(broken);
      },
    });
    this.#real = real;
    return real;
  }

  start(consumer: ChannelConsumer): void {
    this.#consumer = consumer;
    if (this.#closed !== undefined) consumer.closed(this.#closed.broken);
  }

  write(): boolean {
    return true;
  }

  end(): void {
    this.#real?.finish();
  }

  reset(reason: string): void {
    this.#real?.reset(reason);
  }

  pause(): void {}

  resume(): void {}
}
