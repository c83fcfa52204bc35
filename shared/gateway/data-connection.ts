import type { Channel, ChannelBroken } from '../channel.ts';
import type { HostPort } from '../ftp/address.ts';
import type { TransferDirection } from '../ftp/command.ts';
import { GATEWAY_LIMITS } from '../limits.ts';
import type { Culprit } from './events.ts';
import type { DialOutcome, PassiveOffer, Timers } from './sides.ts';
import { SpliceEnd } from './splice.ts';
import type { Throttle, ThrottledChannel } from './throttled-channel.ts';

/** Whether the bytes of a transfer arrived: not known yet, all of them, or broken off. */
export type Verdict = 'pending' | 'complete' | 'broken';

/** Which end of the data connection. */
type End = 'client' | 'server';

/** How the client's half comes about: the client connects to a promised port, or it is dialled. */
export type Meeting =
  | { by: 'accept'; offer: PassiveOffer }
  | { by: 'dial'; address: HostPort; dial: (outcome: DialOutcome) => () => void };

/** How the server's half comes about: its port is dialled, or it connects to where we listen. */
export type ServerMeeting =
  | { by: 'dial'; dialServer: (connected: () => void) => Channel }
  | { by: 'accept'; channel: Channel };

export interface Breakage {
  by: Culprit;
  /**
   * `no-connection` if the client never came, `client-unreachable` if it could not be dialled;
   * otherwise the code of the channel that broke.
   */
  code: string;
  reason: string;
}

/** What is known of one end. */
interface EndFacts {
  splice: SpliceEnd | undefined;
  /** Its channel where bandwidth is limited. */
  throttled: ThrottledChannel | undefined;
  /** Its peer ended its direction. */
  ended: boolean;
  /** All we sent, with the end, has left this program. */
  flushed: boolean;
  closed: boolean;
}

const absent = (): EndFacts => ({
  splice: undefined,
  throttled: undefined,
  ended: false,
  flushed: false,
  closed: false,
});

export interface DataConnectionOptions {
  timers: Timers;
  /** A transfer that moves nothing for so long (milliseconds) is broken off. */
  stall: number;
  server: ServerMeeting;
  /** Called once, when the server's half is known to stand. */
  serverStands: () => void;
  /** Puts what comes from either end under the bandwidth limits. */
  throttle?: Throttle | undefined;
  /** Called after every change that may alter {@link DataConnection.verdict}. */
  changed: () => void;
}

/**
 * The pair of connections one PASV, EPSV, PORT or EPRT leads to: the client's with the gateway, the
 * server's with the agent. It knows bytes, ends and resets, and no FTP command.
 *
 * A server that listens is dialled when the client has connected or a transfer command was given,
 * whichever is first: servers that send 150 only after their accept, and clients that connect only after 150,
 * both get what they wait for. A client that is to be dialled is dialled when the server has agreed to
 * the transfer. Whatever breaks either connection resets the other; an orderly end on one is an
 * orderly end on the other.
 */
export class DataConnection {
  readonly #options: DataConnectionOptions;
  readonly #client = absent();
  readonly #server = absent();
  readonly #cancels = new Set<() => void>();
  #meeting: Meeting | undefined;
  /** Takes the promise back or gives the dial up, while the client is not there. */
  #abandon: (() => void) | undefined;
  #dialled = false;
  #serverDialledAt = 0;
  #serverStands = false;
  #direction: TransferDirection | undefined;
  #breakage: Breakage | undefined;
  #lingered = false;
  #cancelAccept: (() => void) | undefined;
  #cancelStall: (() => void) | undefined;
  #movedAt = 0;

  constructor(options: DataConnectionOptions) {
    this.#options = options;
    if (options.server.by === 'accept') this.#attach('server', options.server.channel);
  }

  /** Says how the client's half comes about. Called once, first. */
  meet(meeting: Meeting): void {
    this.#meeting = meeting;
    // An address holds nothing; a port is needed by others, so a promise nobody redeems is given back.
    if (meeting.by === 'dial') return;
    const { offer } = meeting;
    this.#abandon = () => offer.withdraw();
    this.#after(GATEWAY_LIMITS.passiveOffer, () => {
      if (this.#client.splice === undefined && this.#direction === undefined) {
        this.#clientMissing(offer.port);
      }
    });
  }

  /** The client's data connection is there. */
  attachClient(channel: Channel): void {
    this.#abandon = undefined;
    this.#attach('client', channel);
    this.reachServer();
    this.#options.changed();
  }

  /** Dials a server that listens, unless that was done. */
  reachServer(): void {
    const { server, timers } = this.#options;
    if (server.by === 'dial' && this.#server.splice === undefined) {
      this.#serverDialledAt = timers.now();
      this.#attach(
        'server',
        server.dialServer(() => this.serverConnected()),
      );
    }
    if (this.#client.splice !== undefined && this.#server.splice !== undefined) {
      SpliceEnd.join(this.#client.splice, this.#server.splice);
    }
  }

  /** The server has answered, or has connected. */
  serverConnected(): void {
    if (this.#serverStands || this.#breakage !== undefined) return;
    this.#serverStands = true;
    this.#options.serverStands();
    this.#options.changed();
  }

  get serverStands(): boolean {
    return this.#serverStands;
  }

  /** The server agreed to a data connection, and it did not come about. */
  get serverMissing(): boolean {
    return !this.#serverStands && this.#breakage?.by === 'server';
  }

  /** The server has agreed to the transfer: a client that is to be dialled is dialled now, once. */
  reachClient(): void {
    const meeting = this.#meeting;
    if (meeting?.by !== 'dial' || this.#dialled || this.#breakage !== undefined) return;
    this.#dialled = true;
    const { host, port } = meeting.address;
    const failed = (why: string): void =>
      this.#break(
        'client',
        'client-unreachable',
        `Can't open data connection to ${host} port ${port}: ${why}`,
      );
    const cancelWait = this.#after(GATEWAY_LIMITS.clientDial, () =>
      failed(`no answer within ${GATEWAY_LIMITS.clientDial / 1000} seconds`),
    );
    this.#abandon = meeting.dial({
      connected: (channel) => {
        cancelWait();
        this.attachClient(channel);
      },
      failed,
    });
  }

  /**
   * Whether the client may be told that the transfer begins. One that connects itself may do so only
   * after it was told; one that is dialled is told when its connection stands.
   */
  get announceable(): boolean {
    return this.#meeting?.by !== 'dial' || this.#client.splice !== undefined;
  }

  /** A transfer command for this connection is with the server. */
  begin(direction: TransferDirection): void {
    this.#direction = direction;
    this.reachServer();
    this.#movedAt = this.#options.timers.now();
    this.#watchStall();
    this.#watchAccept();
    // The server may have ended while the direction was unknown.
    if (this.#server.ended) this.#onServerEnd();
  }

  /**
   * The server refused the transfer command before it began. The promise and the connections stay for
   * another one (most servers allow it); where the server has closed its own, the client's ends too.
   */
  refused(): void {
    this.#direction = undefined;
    this.#cancelAccept?.();
    if (this.#server.ended) this.#onServerEnd();
  }

  get breakage(): Breakage | undefined {
    return this.#breakage;
  }

  /** Both ends are closed, or the only one there is, or none came: nothing is left to do. */
  get over(): boolean {
    const { splice: client } = this.#client;
    const { splice: server } = this.#server;
    if (client === undefined && server === undefined) return this.#breakage !== undefined;
    return (
      (client === undefined || this.#client.closed) && (server === undefined || this.#server.closed)
    );
  }

  /** Payload bytes that came in the direction of the transfer. */
  get bytes(): number {
    const source = this.#direction === 'upload' ? this.#client : this.#server;
    return source.splice?.received ?? 0;
  }

  get verdict(): Verdict {
    if (this.#breakage !== undefined) return 'broken';
    if (this.#direction === 'upload') {
      return this.#client.ended && this.#server.flushed ? 'complete' : 'pending';
    }
    const delivered = this.#server.ended && this.#client.flushed;
    return delivered && (this.#client.closed || this.#lingered) ? 'complete' : 'pending';
  }

  /** Something is left to break off: not every byte of it was delivered. */
  get abortable(): boolean {
    const delivered = this.#server.ended && this.#client.flushed;
    return this.verdict === 'pending' && (this.#direction === 'upload' || !delivered);
  }

  /**
   * The server says the transfer is complete. A download goes on until its last byte is delivered;
   * an upload whose client has not ended cannot be complete, whatever the server says.
   */
  serverCompleted(): void {
    if (this.#direction === 'upload' && this.#breakage === undefined && !this.#client.ended) {
      this.#break('server', 'ended-early', 'the FTP server finished before the upload ended');
    }
    if (this.#options.server.by === 'accept' && !this.#serverStands) {
      // Its connection may be on its way; one that was reset before it was accepted is not seen at all.
      this.#after(GATEWAY_LIMITS.serverProof, () => {
        if (!this.#serverStands)
          this.#break('server', 'never-came', 'the FTP server never connected');
      });
    }
  }

  /** Breaks what is left of both connections, so that neither end takes it for complete. */
  abort(by: Culprit, reason: string): void {
    this.#break(by, 'aborted', reason);
  }

  /** Lets go of everything; connections that are still open are reset. Idempotent. */
  dispose(reason: string): void {
    this.#releaseClient(reason);
    if (!this.#server.closed) this.#server.splice?.reset(reason);
  }

  /** The server is known to have taken its end of the connection, which its 150 alone does not say. */
  get serverAccepted(): boolean {
    const came = this.#options.server.by === 'accept' && this.#serverStands;
    return came || this.#server.ended || this.#server.splice?.heard === true;
  }

  #attach(end: End, channel: Channel): void {
    const facts = end === 'client' ? this.#client : this.#server;
    facts.throttled = this.#options.throttle?.(channel);
    facts.splice = new SpliceEnd(facts.throttled ?? channel, {
      ended: () => {
        facts.ended = true;
        if (this.#breakage !== undefined) facts.splice?.reset(this.#breakage.reason);
        else if (end === 'client') this.#server.splice?.finish();
        else this.#onServerEnd();
        this.#options.changed();
      },
      flushed: () => {
        facts.flushed = true;
        if (end === 'client') this.#onClientFlushed();
        this.#options.changed();
      },
      closed: (broken) => this.#onClosed(end, facts, broken),
      moved: () => {
        this.#movedAt = this.#options.timers.now();
        if (this.#breakage !== undefined) facts.splice?.reset(this.#breakage.reason);
      },
    });
    if (this.#breakage !== undefined) facts.splice.reset(this.#breakage.reason);
  }

  #onServerEnd(): void {
    // While it uploads, the client is told nothing: whether the server's end is good news is for
    // its reply to say.
    if (this.#direction === 'upload' && !this.#client.ended) return;
    this.#client.splice?.finish();
    // Stream mode: the server's end is the end of the transfer (RFC 959 §3.4.1). ProFTPD waits for
    // ours before it sends 226.
    this.#server.splice?.finish();
  }

  #onClientFlushed(): void {
    // The client closes when it has read everything. One that waits for 226 first gets it after the
    // time ProFTPD lingers, when the kernel has long had all bytes.
    this.#after(GATEWAY_LIMITS.dataLinger, () => {
      this.#lingered = true;
      this.#options.changed();
    });
  }

  #onClosed(end: End, facts: EndFacts, broken: ChannelBroken | undefined): void {
    facts.closed = true;
    if (broken !== undefined && !this.#isAfterTheEnd(end)) {
      const by: Culprit = broken.by === 'peer' ? end : broken.by === 'self' ? 'gateway' : 'tunnel';
      this.#break(by, broken.code, broken.reason);
      return;
    }
    this.#options.changed();
  }

  /**
   * Once an upload was handed to the server in full, how the client closes says nothing any more.
   * For a download a reset by the client after our end may mean unread bytes, so it counts.
   */
  #isAfterTheEnd(end: End): boolean {
    if (this.#direction === 'upload') {
      return end === 'client' && this.#client.ended && this.#server.flushed;
    }
    return end === 'server' && this.#server.ended;
  }

  #break(by: Culprit, code: string, reason: string): void {
    if (this.#breakage !== undefined) return;
    this.#breakage = { by, code, reason };
    this.#releaseClient(reason);
    this.#releaseServer(reason);
    this.#options.changed();
  }

  #releaseClient(reason: string): void {
    this.#abandon?.();
    this.#abandon = undefined;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#cancelStall?.();
    if (!this.#client.closed) this.#client.splice?.reset(reason);
  }

  /**
   * Resets the server's end, but not before the server has it: pyftpdlib, which says 150 before it
   * accepts, does not notice a connection that was reset by then, and gives the next transfer's
   * connection to this one's file.
   */
  #releaseServer(reason: string): void {
    const { splice, closed } = this.#server;
    if (splice === undefined || closed) return;
    const { timers } = this.#options;
    const left = this.#serverDialledAt + GATEWAY_LIMITS.serverAccept - timers.now();
    const awaited = this.#options.server.by === 'accept';
    if (this.#direction === undefined || awaited || this.serverAccepted || left <= 0) {
      splice.reset(reason);
    } else {
      splice.discard();
      this.#after(left, () => splice.reset(reason));
    }
  }

  /** A client that does not connect to the port it was promised is not waited for. */
  #watchAccept(): void {
    const meeting = this.#meeting;
    if (meeting?.by !== 'accept' || this.#client.splice !== undefined) return;
    this.#cancelAccept?.();
    this.#cancelAccept = this.#after(GATEWAY_LIMITS.dataAccept, () => {
      if (this.#client.splice === undefined) this.#clientMissing(meeting.offer.port);
    });
  }

  #clientMissing(port: number): void {
    this.#break('client', 'no-connection', `no data connection came to port ${port}`);
  }

  /** A transfer that moves nothing for too long is broken off (and frees what waits for it). */
  #watchStall(): void {
    this.#cancelStall?.();
    const { timers, stall } = this.#options;
    // Bytes that a bandwidth limit holds back are on their way.
    if (this.#isThrottled) this.#movedAt = timers.now();
    const left = this.#movedAt + stall - timers.now();
    if (left <= 0) {
      const reason = `nothing moved on the data connection for ${stall / 1000} seconds`;
      if (this.verdict === 'pending') this.#break('client', 'stalled', reason);
      else this.dispose(reason);
      return;
    }
    this.#cancelStall = timers.after(left, () => this.#watchStall());
  }

  get #isThrottled(): boolean {
    return [this.#client, this.#server].some(({ throttled }) => throttled?.waiting === true);
  }

  #after(ms: number, expired: () => void): () => void {
    const cancel = this.#options.timers.after(ms, () => {
      this.#cancels.delete(cancel);
      expired();
    });
    this.#cancels.add(cancel);
    return cancel;
  }
}
