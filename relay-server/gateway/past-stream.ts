import type { Channel, ChannelBroken, ChannelConsumer } from '../../shared/channel.ts';
import type { Lease } from '../../shared/lease.ts';
import type { Stream } from '../../shared/mux/stream.ts';
import type { DataReport } from '../../shared/proto/link-messages.ts';

/**
 * A stream whose bytes may go past the relay, from the server to a client in its own network. Then the
 * stream carries ends and resets only; that everything arrived, and how much moved, the agent reports.
 */
export class PastStream implements Channel {
  readonly id: number;
  readonly #stream: Stream;
  #consumer: ChannelConsumer | undefined;
  #past = false;
  #flushed = false;
  /** The stream ended in an orderly way before its `flushed` was reported. */
  #closing = false;

  constructor(stream: Stream) {
    this.id = stream.id;
    this.#stream = stream;
  }

  /** From here on its bytes go past. */
  goPast(): void {
    this.#past = true;
  }

  /** What the agent says of it. */
  report(report: DataReport): void {
    if (!this.#past) return;
    if (report.t === 'moved') this.#consumer?.wentPast?.(report.bytes);
    if (report.t !== 'flushed' || this.#flushed) return;
    this.#flushed = true;
    this.#consumer?.flushed();
    if (this.#closing) this.#consumer?.closed();
  }

  start(consumer: ChannelConsumer): void {
    this.#consumer = consumer;
    this.#stream.start({
      borrows: true,
      data: (chunk, lease) => consumer.data(chunk, lease),
      end: () => consumer.end(),
      drain: () => consumer.drain(),
      flushed: () => {
        if (!this.#past) consumer.flushed();
      },
      closed: (broken) => this.#onClosed(consumer, broken),
    });
  }

  write(chunk: Uint8Array, lease?: Lease): boolean {
    return this.#stream.write(chunk, lease);
  }

  end(): void {
    this.#stream.end();
  }

  reset(reason: string): void {
    this.#stream.reset(reason);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  #onClosed(consumer: ChannelConsumer, broken: ChannelBroken | undefined): void {
    if (this.#past && !this.#flushed && broken === undefined) this.#closing = true;
    else consumer.closed(broken);
  }
}
