import type { Channel, ChannelBroken, ChannelConsumer } from '../../shared/channel.ts';
import type { Lease } from '../../shared/lease.ts';
import type { Stream } from '../../shared/mux/stream.ts';
import type { DataReport } from '../../shared/proto/link-messages.ts';

/**
 * A stream whose bytes may go past the relay, from the server to a client in its own network. Then the
 * stream carries ends and resets only; that everything arrived, and how much moved, the agent reports.
 *
 * Then its end is asked for by a message, and the stream ends when all is reported to have arrived. With
 * an end on the stream it could be over in both directions, as the client's may have ended before, while
 * bytes are still under way; and a stream that is over carries neither report nor reset.
 */
export class PastStream implements Channel {
  readonly id: number;
  readonly #stream: Stream;
  #consumer: ChannelConsumer | undefined;
  readonly #finish: () => void;
  readonly #inWords: (broken: ChannelBroken) => ChannelBroken;
  #past = false;
  #finishAsked = false;
  #flushed = false;

  /**
   * @param finish asks the agent for the end of a connection whose bytes go past
   * @param inWords says why it broke as clients are told
   */
  constructor(
    stream: Stream,
    finish: () => void,
    inWords: (broken: ChannelBroken) => ChannelBroken,
  ) {
    this.id = stream.id;
    this.#stream = stream;
    this.#finish = finish;
    this.#inWords = inWords;
  }

  /** From here on its bytes go past. */
  goPast(): void {
    this.#past = true;
  }

  /** What the agent says of it. */
  report(report: DataReport): void {
    if (!this.#past) return;
    if (report.t === 'moved') this.#consumer?.wentPast?.(report.bytes);
    if (report.t !== 'flushed' || !this.#finishAsked || this.#flushed) return;
    this.#flushed = true;
    this.#consumer?.flushed();
    this.#stream.end();
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
      closed: (broken) => consumer.closed(broken && this.#inWords(broken)),
    });
  }

  write(chunk: Uint8Array, lease?: Lease): boolean {
    return this.#stream.write(chunk, lease);
  }

  end(): void {
    if (!this.#past) {
      this.#stream.end();
    } else if (!this.#finishAsked) {
      this.#finishAsked = true;
      this.#finish();
    }
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
}
