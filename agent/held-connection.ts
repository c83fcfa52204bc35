import type { Channel } from '../shared/channel.ts';
import type { Joint } from './joint.ts';

/**
 * A data connection with the server from which nothing is read until it is known where its bytes go: to
 * the relay, or to a client in this network.
 */
export class HeldConnection {
  /** Stream of its control connection. */
  readonly control: number;
  readonly #joint: Joint;
  #channel: Channel | undefined;
  #take: ((channel: Channel) => void) | undefined;

  /** @param joint the stream that stands for it */
  constructor(control: number, joint: Joint) {
    this.control = control;
    this.#joint = joint;
  }

  /** The connection is there. */
  connect(channel: Channel): void {
    channel.pause();
    if (this.#take !== undefined) this.#take(channel);
    else this.#channel = channel;
  }

  /** Its bytes go to the relay. The first of this and {@link pass} counts. */
  release(): void {
    this.#decide((channel) => this.#joint.connect(channel));
  }

  /** Its bytes go past the relay: `take` gets the connection, and what the relay is shown instead. */
  pass(take: (channel: Channel, show: (face: Channel) => void) => void): void {
    this.#decide((channel) => take(channel, (face) => this.#joint.connect(face)));
  }

  /** Nobody waits for it any more. */
  drop(reason: string): void {
    this.#decide((channel) => channel.reset(reason));
  }

  #decide(take: (channel: Channel) => void): void {
    if (this.#take !== undefined) return;
    this.#take = take;
    const channel = this.#channel;
    this.#channel = undefined;
    if (channel !== undefined) take(channel);
  }
}
