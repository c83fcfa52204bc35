import type { Channel } from '../channel.ts';
import type { HostPort } from '../ftp/address.ts';
import type { TransferDirection } from '../ftp/command.ts';
import { GATEWAY_LIMITS } from '../limits.ts';
import { DataEnd } from './data-end.ts';
import type { Security } from './security.ts';
import type { ClientConnection, DialOutcome, OpenTerms, PassiveOffer, Timers } from './sides.ts';

/** How the client's half comes about: the client connects to a promised port, or it is dialled. */
export type ClientMeeting =
  | { by: 'accept'; offer: PassiveOffer }
  | { by: 'dial'; address: HostPort; dial: (outcome: DialOutcome) => () => void };

export interface ClientHalfOptions {
  timers: Timers;
  security: Pick<Security, 'secured' | 'protection'>;
  terms: Pick<OpenTerms, 'secured' | 'unclosed'>;
  /** Takes the channel of the client. */
  attach: (channel: Channel) => void;
  /** The client was reached; a client that connects itself is told to the data connection directly. */
  reached: (connection: ClientConnection) => void;
  /** It did not come: `no-connection` if it was to connect, `client-unreachable` if it was dialled. */
  missing: (code: 'no-connection' | 'client-unreachable', reason: string) => void;
}

/** The client's half of a data connection: how it comes about, and what is done until it has. */
export class ClientHalf {
  readonly end = new DataEnd();
  readonly #options: ClientHalfOptions;
  readonly #cancels = new Set<() => void>();
  #meeting: ClientMeeting | undefined;
  /** The client is there, and whether TLS is spoken with it is not settled. */
  #arrived: ClientConnection | undefined;
  /** Takes the promise back or gives the dial up, while the client is not there. */
  #abandon: (() => void) | undefined;
  #cancelAccept: (() => void) | undefined;
  /** Which way the transfer goes that needs it. */
  #wanted: TransferDirection | undefined;
  #dialled = false;

  constructor(options: ClientHalfOptions) {
    this.#options = options;
  }

  /** Says how it comes about. Called once. */
  meet(meeting: ClientMeeting): void {
    this.#meeting = meeting;
    // An address holds nothing; a port is needed by others, so a promise nobody redeems is given back.
    if (meeting.by === 'dial') return;
    const { offer } = meeting;
    this.#abandon = () => offer.withdraw();
    this.#after(GATEWAY_LIMITS.passiveOffer, () => {
      if (this.#wanted === undefined) this.#missing(offer.port);
    });
  }

  /** The client is there. With TLS on its control connection, PROT may come up to the transfer. */
  arrived(connection: ClientConnection): void {
    this.#abandon = undefined;
    this.#cancelAccept?.();
    this.#arrived = connection;
    if (this.#wanted !== undefined || !this.#options.security.secured) this.#open();
  }

  /** The client's connection is there. */
  get there(): boolean {
    return this.#arrived !== undefined || this.end.there;
  }

  /** Nothing is left of it, or nothing ever came. */
  get over(): boolean {
    return this.#arrived === undefined && this.end.over;
  }

  #open(): void {
    const connection = this.#arrived;
    if (connection === undefined) return;
    this.#arrived = undefined;
    const { security, terms, attach } = this.#options;
    const { protection } = security;
    attach(connection.open({ ...terms, protection, direction: this.#wanted }));
  }

  /** A transfer needs it: a client that does not connect to the port it was promised is not waited for. */
  want(direction: TransferDirection): void {
    this.#wanted = direction;
    this.#open();
    if (this.#meeting?.by !== 'accept' || this.end.there) return;
    const { port } = this.#meeting.offer;
    this.#cancelAccept?.();
    this.#cancelAccept = this.#after(GATEWAY_LIMITS.dataAccept, () => this.#missing(port));
  }

  /** The transfer was refused; another may want it. */
  wantNoMore(): void {
    this.#wanted = undefined;
    this.#cancelAccept?.();
  }

  /** The server has agreed to the transfer: a client that is to be dialled is dialled now, once. */
  reach(): void {
    if (this.#meeting?.by !== 'dial' || this.#dialled) return;
    this.#dialled = true;
    const { address, dial } = this.#meeting;
    const failed = (why: string): void => {
      const what = `Can't open data connection to ${address.host} port ${address.port}`;
      this.#options.missing('client-unreachable', `${what}: ${why}`);
    };
    const cancelWait = this.#after(GATEWAY_LIMITS.clientDial, () =>
      failed(`no answer within ${GATEWAY_LIMITS.clientDial / 1000} seconds`),
    );
    this.#abandon = dial({
      connected: (connection) => {
        cancelWait();
        this.#options.reached(connection);
      },
      failed,
    });
  }

  /**
   * Whether the client may be told that the transfer begins. One that connects itself may do so only
   * after it was told; one that is dialled is told when its connection stands.
   */
  get announceable(): boolean {
    return this.#meeting?.by !== 'dial' || this.end.there;
  }

  /** It is not wanted any more: what stands is reset, what is awaited is given up. Idempotent. */
  release(reason: string): void {
    this.#dialled = true;
    this.#abandon?.();
    this.#abandon = undefined;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#arrived?.reset(reason);
    this.#arrived = undefined;
    this.end.reset(reason);
  }

  #missing(port: number): void {
    if (this.there) return;
    this.#options.missing('no-connection', `no data connection came to port ${port}`);
  }

  #after(ms: number, expired: () => void): () => void {
    const cancel = this.#options.timers.after(ms, expired);
    this.#cancels.add(cancel);
    return cancel;
  }
}
