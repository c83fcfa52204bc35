import type { Channel, ChannelBroken } from '../channel.ts';
import type { TransferDirection } from '../ftp/command.ts';
import { GATEWAY_LIMITS } from '../limits.ts';
import { ClientHalf, type ClientMeeting } from './client-half.ts';
import { DataEnd } from './data-end.ts';
import type { Culprit } from './events.ts';
import type { Security } from './security.ts';
import { ServerHalf, type ServerMeeting } from './server-half.ts';
import type { ClientConnection, OpenTerms, Timers } from './sides.ts';
import type { Throttle } from './throttled-channel.ts';

/** Whether the bytes of a transfer arrived: not known yet, all of them, or broken off. */
export type Verdict = 'pending' | 'complete' | 'broken';

export interface Breakage {
  by: Culprit;
  /**
   * `no-connection` if the client never came, `client-unreachable` if it could not be dialled;
   * otherwise the code of the channel that broke.
   */
  code: string;
  reason: string;
}

export interface DataConnectionOptions {
  timers: Timers;
  /** A transfer that moves nothing for so long (milliseconds) is broken off. */
  stall: number;
  server: ServerMeeting;
  /** Whether TLS is spoken with the client, which is asked when that is settled. */
  security: Pick<Security, 'secured' | 'protection'>;
  /** What is told of the client's TLS. */
  terms: Pick<OpenTerms, 'secured' | 'unclosed'>;
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
  readonly #client: ClientHalf;
  readonly #server: ServerHalf;
  readonly #cancels = new Set<() => void>();
  #direction: TransferDirection | undefined;
  #breakage: Breakage | undefined;
  #lingered = false;
  #cancelStall: (() => void) | undefined;
  #movedAt = 0;

  constructor(options: DataConnectionOptions) {
    this.#options = options;
    const { timers } = options;
    this.#client = new ClientHalf({
      timers,
      security: options.security,
      terms: options.terms,
      attach: (channel) => this.#attach(this.#client.end, channel),
      reached: (connection) => this.clientArrived(connection),
      missing: (code, reason) => this.#break('client', code, reason),
    });
    this.#server = new ServerHalf({
      timers,
      meeting: options.server,
      attach: (channel) => this.#attach(this.#server.end, channel),
      stands: () => {
        options.serverStands();
        options.changed();
      },
    });
    if (this.#server.connects) this.#server.reach();
  }

  /** Says how the client's half comes about. Called once, first. */
  meet(meeting: ClientMeeting): void {
    this.#client.meet(meeting);
  }

  /** The client's data connection is there. */
  clientArrived(connection: ClientConnection): void {
    this.#client.arrived(connection);
    this.reachServer();
    this.#options.changed();
  }

  /** Dials a server that listens, unless that was done. */
  reachServer(): void {
    this.#server.reach();
    DataEnd.join(this.#client.end, this.#server.end);
  }

  /** The server has connected. */
  serverConnected(): void {
    if (this.#breakage === undefined) this.#server.connected();
  }

  get serverStands(): boolean {
    return this.#server.stands;
  }

  /** The server agreed to a data connection, and it did not come about. */
  get serverMissing(): boolean {
    return !this.#server.stands && this.#breakage?.by === 'server';
  }

  /** See {@link ServerHalf.accepted}. */
  get serverAccepted(): boolean {
    return this.#server.accepted;
  }

  /** The server has agreed to the transfer: a client that is to be dialled is dialled now, once. */
  reachClient(): void {
    if (this.#breakage === undefined) this.#client.reach();
  }

  /** See {@link ClientHalf.announceable}. */
  get announceable(): boolean {
    return this.#client.announceable;
  }

  /** A transfer command for this connection is with the server. */
  begin(direction: TransferDirection): void {
    this.#direction = direction;
    this.#client.want(direction);
    this.reachServer();
    this.#movedAt = this.#options.timers.now();
    this.#watchStall();
    // The server may have ended while the direction was unknown.
    if (this.#server.end.ended) this.#onServerEnd();
  }

  /**
   * The server refused the transfer command before it began. The promise and the connections stay for
   * another one (most servers allow it); where the server has closed its own, the client's ends too.
   */
  refused(): void {
    this.#direction = undefined;
    this.#client.wantNoMore();
    if (this.#server.end.ended) this.#onServerEnd();
  }

  get breakage(): Breakage | undefined {
    return this.#breakage;
  }

  /** Both ends are closed, or the only one there is, or none came: nothing is left to do. */
  get over(): boolean {
    const server = this.#server.end;
    if (!this.#client.there && !server.there) return this.#breakage !== undefined;
    return this.#client.over && server.over;
  }

  /** Payload bytes that came in the direction of the transfer. */
  get bytes(): number {
    const from = this.#direction === 'upload' ? this.#client : this.#server;
    return from.end.received;
  }

  get verdict(): Verdict {
    if (this.#breakage !== undefined) return 'broken';
    if (this.#direction === 'upload') {
      return this.#client.end.ended && this.#server.end.flushed ? 'complete' : 'pending';
    }
    const over = this.#client.end.closed || this.#lingered;
    return this.#delivered && over ? 'complete' : 'pending';
  }

  /** Something is left to break off: not every byte of it was delivered. */
  get abortable(): boolean {
    return this.verdict === 'pending' && (this.#direction === 'upload' || !this.#delivered);
  }

  /**
   * The server says the transfer is complete. A download goes on until its last byte is delivered;
   * an upload whose client has not ended cannot be complete, whatever the server says.
   */
  serverCompleted(): void {
    if (this.#direction === 'upload' && this.#breakage === undefined && !this.#client.end.ended) {
      this.#break('server', 'ended-early', 'the FTP server finished before the upload ended');
    }
    if (!this.#server.connects || this.#server.stands) return;
    // Its connection may be on its way; one that was reset before it was accepted is not seen at all.
    this.#after(GATEWAY_LIMITS.serverProof, () => {
      if (this.#server.stands) return;
      this.#break('server', 'never-came', 'the FTP server never connected');
    });
  }

  /** Breaks what is left of both connections, so that neither end takes it for complete. */
  abort(by: Culprit, code: string, reason: string): void {
    this.#break(by, code, reason);
  }

  /** Lets go of everything; connections that are still open are reset. Idempotent. */
  dispose(reason: string): void {
    this.#cancelTimers();
    this.#client.release(reason);
    this.#server.reset(reason);
  }

  /** Every byte of a download was handed to the client's kernel, with the end. */
  get #delivered(): boolean {
    return this.#server.end.ended && this.#client.end.flushed;
  }

  #attach(end: DataEnd, channel: Channel): void {
    const isClient = end === this.#client.end;
    end.attach(channel, this.#options.throttle, {
      ended: () => {
        if (this.#breakage !== undefined) end.reset(this.#breakage.reason);
        else if (isClient) this.#server.end.finish();
        else this.#onServerEnd();
        this.#options.changed();
      },
      flushed: () => {
        if (isClient) this.#onClientFlushed();
        this.#options.changed();
      },
      closed: (broken) => this.#onClosed(isClient ? 'client' : 'server', broken),
      moved: () => {
        this.#movedAt = this.#options.timers.now();
        // A server that was waited for shows that it has accepted.
        if (this.#breakage !== undefined) end.reset(this.#breakage.reason);
      },
    });
    if (this.#breakage !== undefined) end.reset(this.#breakage.reason);
  }

  #onServerEnd(): void {
    // While it uploads, the client is told nothing: whether the server's end is good news is for
    // its reply to say.
    if (this.#direction === 'upload' && !this.#client.end.ended) return;
    this.#client.end.finish();
    // Stream mode: the server's end is the end of the transfer (RFC 959 §3.4.1). ProFTPD waits for
    // ours before it sends 226.
    this.#server.end.finish();
  }

  #onClientFlushed(): void {
    // The client closes when it has read everything. One that waits for 226 first gets it after the
    // time ProFTPD lingers, when the kernel has long had all bytes.
    this.#after(GATEWAY_LIMITS.dataLinger, () => {
      this.#lingered = true;
      this.#options.changed();
    });
  }

  #onClosed(end: 'client' | 'server', broken: ChannelBroken | undefined): void {
    if (broken !== undefined && !this.#isAfterTheEnd(end)) {
      const by: Culprit = broken.by === 'peer' ? end : broken.by === 'self' ? 'gateway' : 'tunnel';
      this.#break(by, broken.code, broken.reason);
      return;
    }
    this.#options.changed();
  }

  /**
   * Once the last byte of an upload is here, with the end, how the client closes says nothing any more: with
   * TLS it resets the connection if it closes before it has read what the handshake sends last.
   * For a download a reset by the client after our end may mean unread bytes, so it counts.
   */
  #isAfterTheEnd(end: 'client' | 'server'): boolean {
    if (this.#direction === 'upload') {
      return end === 'client' && this.#client.end.ended;
    }
    return end === 'server' && this.#server.end.ended;
  }

  #break(by: Culprit, code: string, reason: string): void {
    if (this.#breakage !== undefined) return;
    this.#breakage = { by, code, reason };
    this.#cancelTimers();
    this.#client.release(reason);
    this.#server.release(reason, this.#direction !== undefined);
    this.#options.changed();
  }

  /** A transfer that moves nothing for too long is broken off (and frees what waits for it). */
  #watchStall(): void {
    this.#cancelStall?.();
    const { timers, stall } = this.#options;
    // Bytes that a bandwidth limit holds back are on their way.
    if (this.#client.end.throttled || this.#server.end.throttled) this.#movedAt = timers.now();
    const left = this.#movedAt + stall - timers.now();
    if (left <= 0) {
      const reason = `nothing moved on the data connection for ${stall / 1000} seconds`;
      if (this.verdict === 'pending') this.#break('client', 'stalled', reason);
      else this.dispose(reason);
      return;
    }
    this.#cancelStall = timers.after(left, () => this.#watchStall());
  }

  #cancelTimers(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#cancelStall?.();
  }

  #after(ms: number, expired: () => void): void {
    const cancel = this.#options.timers.after(ms, () => {
      this.#cancels.delete(cancel);
      expired();
    });
    this.#cancels.add(cancel);
  }
}
