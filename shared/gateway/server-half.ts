import type { Channel } from '../channel.ts';
import { GATEWAY_LIMITS } from '../limits.ts';
import { DataEnd } from './data-end.ts';
import type { Timers } from './sides.ts';

/** How the server's half comes about: its port is dialled, or it connects to where we listen. */
export type ServerMeeting =
  | { by: 'dial'; dialServer: (connected: () => void) => Channel }
  | { by: 'accept'; channel: Channel };

export interface ServerHalfOptions {
  timers: Timers;
  meeting: ServerMeeting;
  /** Takes the channel of a server that is dialled now. */
  attach: (channel: Channel) => void;
  /** The server has answered, or has connected. Called once. */
  stands: () => void;
}

/** The server's half of a data connection: how it comes about, and how it is given up. */
export class ServerHalf {
  readonly end = new DataEnd();
  readonly #options: ServerHalfOptions;
  #dialledAt = 0;
  #stands = false;
  #cancelReset: (() => void) | undefined;

  constructor(options: ServerHalfOptions) {
    this.#options = options;
  }

  /** Takes what stands already, or dials, unless that was done. */
  reach(): void {
    if (this.end.there) return;
    const { meeting, timers, attach } = this.#options;
    this.#dialledAt = timers.now();
    attach(meeting.by === 'accept' ? meeting.channel : meeting.dialServer(() => this.connected()));
  }

  /** The server is in active mode: it connects to where its agent listens. */
  get connects(): boolean {
    return this.#options.meeting.by === 'accept';
  }

  /** The server has answered, or has connected. Idempotent. */
  connected(): void {
    if (this.#stands) return;
    this.#stands = true;
    this.#options.stands();
  }

  /** The connection is known to have come about. */
  get stands(): boolean {
    return this.#stands;
  }

  /** The server is known to have taken its end of the connection, which its 150 alone does not say. */
  get accepted(): boolean {
    return this.end.heard || (this.connects && this.#stands);
  }

  /**
   * Resets it, but in a transfer not before the server has it: pyftpdlib, which says 150 before it
   * accepts, does not notice a connection that was reset by then, and gives the next transfer's
   * connection to this one's file. What comes meanwhile goes nowhere.
   */
  release(reason: string, inTransfer: boolean): void {
    const { timers } = this.#options;
    const left = this.#dialledAt + GATEWAY_LIMITS.serverAccept - timers.now();
    if (!inTransfer || this.connects || this.accepted || left <= 0) {
      this.end.reset(reason);
    } else {
      this.end.discard();
      this.#cancelReset = timers.after(left, () => this.end.reset(reason));
    }
  }

  /** Resets it now. */
  reset(reason: string): void {
    this.#cancelReset?.();
    this.end.reset(reason);
  }
}
