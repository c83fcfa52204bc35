import type { Channel, ChannelBroken } from '../shared/channel.ts';
import { SpliceEnd } from '../shared/gateway/splice.ts';
import type { Stream } from '../shared/mux/stream.ts';
import { RESET_CODES } from '../shared/proto/reset-codes.ts';

export interface JointOptions {
  stream: Stream;
  /** The stream itself, or what looks into it. */
  source?: Channel;
  /** Decides when the connection is reset for a stream that broke; at once without it. */
  whenBroken?: (broken: ChannelBroken, reset: () => void) => void;
  /** Both are over, or the stream is and there never was a connection. Called once. */
  over: (broken?: ChannelBroken) => void;
}

/**
 * Joins a stream to a connection that comes later: bytes, ends and resets of one become those of the
 * other. Until the connection is there the stream waits.
 */
export class Joint {
  readonly #options: JointOptions;
  readonly #streamEnd: SpliceEnd;
  #connectionEnd: SpliceEnd | undefined;
  #open = 1;
  #streamEnded = false;
  #broken: ChannelBroken | undefined;

  constructor(options: JointOptions) {
    this.#options = options;
    this.#streamEnd = new SpliceEnd(options.source ?? options.stream, {
      ended: () => {
        this.#streamEnded = true;
        this.#connectionEnd?.finish();
      },
      flushed: () => {},
      moved: () => {},
      closed: (broken) => {
        if (broken !== undefined) this.#breakConnection(broken);
        this.#closed(broken);
      },
    });
  }

  /** The connection is there. One that comes when the stream is over is reset. */
  connect(connection: Channel): void {
    const { stream } = this.#options;
    if (this.#open === 0) {
      connection.reset(this.#broken?.reason ?? 'nobody waits for it any more');
      return;
    }
    this.#open += 1;
    this.#connectionEnd = new SpliceEnd(connection, {
      ended: () => this.#streamEnd.finish(),
      flushed: () => {},
      moved: () => {},
      closed: (broken) => {
        if (broken !== undefined) stream.resetWith(RESET_CODES['connection-reset'], broken.reason);
        this.#closed(broken);
      },
    });
    SpliceEnd.join(this.#streamEnd, this.#connectionEnd);
    if (this.#streamEnded) this.#connectionEnd.finish();
  }

  /** There will be no connection, and no harm is done: the stream ends in an orderly way. */
  forgo(): void {
    this.#streamEnd.finish();
    this.#streamEnd.discard();
  }

  #breakConnection(broken: ChannelBroken): void {
    const end = this.#connectionEnd;
    if (end === undefined) return;
    const { whenBroken } = this.#options;
    const reset = (): void => end.reset(broken.reason);
    if (whenBroken === undefined) {
      reset();
      return;
    }
    // What comes until then is for nobody, but has to come.
    end.discard();
    whenBroken(broken, reset);
  }

  #closed(broken: ChannelBroken | undefined): void {
    this.#broken ??= broken;
    this.#open -= 1;
    if (this.#open === 0) this.#options.over(broken);
  }
}
