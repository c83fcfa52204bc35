import type { Channel } from '../shared/channel.ts';
import type { DataReport } from '../shared/proto/link-messages.ts';
import { DirectPair, type DirectPairOptions } from './direct-pair.ts';
import type { HeldConnection } from './held-connection.ts';
import type { Joint } from './joint.ts';
import { MovedReports } from './moved-reports.ts';

/** The two streams that stand for a pair of connections. */
interface PairStreams {
  readonly server: number;
  readonly client: number;
}

/** Pairs of connections whose bytes go past the relay, and what it is told of them. */
export class PastRelay {
  readonly #report: (report: DataReport) => void;
  /** The connections as the relay is shown them, by stream. */
  readonly #shown = new Map<number, Channel>();

  constructor(report: (report: DataReport) => void) {
    this.#report = report;
  }

  /** Joins a client with the server's connection, as soon as that is there. */
  join(
    held: HeldConnection,
    client: { channel: Channel; joint: Joint },
    streams: PairStreams,
  ): void {
    held.pass((server, show) => {
      const reports = this.#reportsOf(streams);
      const pair = new DirectPair({ server, client: client.channel, ...reports });
      this.#shown.set(streams.server, pair.server);
      this.#shown.set(streams.client, pair.client);
      show(pair.server);
      client.joint.connect(pair.client);
      pair.join();
    });
  }

  /** The relay asks for the end of a connection. */
  finish(stream: number): void {
    this.#shown.get(stream)?.end();
  }

  /** A stream is over. */
  delete(stream: number): void {
    this.#shown.delete(stream);
  }

  /** Tells the relay how a pair gets on, whose streams carry no bytes. */
  #reportsOf(streams: PairStreams): Pick<DirectPairOptions, 'flushed' | 'moved' | 'ended'> {
    const report = this.#report;
    const told = new MovedReports((end, bytes) =>
      report({ t: 'moved', stream: streams[end], bytes }),
    );
    return {
      moved: (end, bytes) => told.moved(end, bytes),
      ended: () => told.now(),
      flushed: (end) => report({ t: 'flushed', stream: streams[end] }),
    };
  }
}
