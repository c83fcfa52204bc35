import type { Socket } from 'node:net';
import type { ChannelBroken } from '../shared/channel.ts';
import { parseCommand, transferDirection } from '../shared/ftp/command.ts';
import { CommandLineReader } from '../shared/ftp/line-reader.ts';
import { FtpSyntaxError, isPreliminary, ReplyReader, type Reply } from '../shared/ftp/reply.ts';
import type { Timers } from '../shared/gateway/sides.ts';
import type { Networks } from '../shared/net/networks.ts';
import { AGENT_LIMITS } from '../shared/limits.ts';
import { AnnouncedPorts } from './announced-ports.ts';
import { BreakingOff } from './breaking-off.ts';
import { Resumption } from './server-tls/resumption.ts';
import type { UploadGuard } from './upload-guard.ts';

export interface ControlOptions {
  guard: UploadGuard;
  timers: Timers;
  /** Sends the server bytes of our own. */
  send: (bytes: Uint8Array) => void;
  /** Addresses other than the server's own that it may announce data ports at. */
  dataHosts: Networks;
  /** Bytes to the server that precede the first command. */
  preamble?: number | undefined;
  /** What its TLS handshake left, if there was one. */
  resumption?: Resumption;
}

/** Each asks for another data connection; what was wanted before is served, or will not be. */
const SETUP_VERBS: ReadonlySet<string> = new Set(['PASV', 'EPSV', 'PORT', 'EPRT']);

/**
 * A control connection to the FTP server as the agent knows it: which data ports the server announced
 * on it, and whether its data connections carry an upload, which must not look complete if the agent
 * is killed.
 */
export class Control {
  /** The server's address as it was dialled; data connections go to the same one. */
  readonly serverAddress: string;
  /** Our address on it: servers compare the data connection's with it. */
  readonly localAddress: string;
  readonly announced: AnnouncedPorts;
  /** Its TLS session, which data connections resume. */
  readonly resumption: Resumption;
  readonly #guard: UploadGuard;
  readonly #breakingOff: BreakingOff;
  readonly #commands = new CommandLineReader();
  /** Undefined once the server speaks something that is not FTP. */
  #replies: ReplyReader | undefined = new ReplyReader();
  readonly #data = new Set<Socket>();
  readonly #uploads = new Set<Socket>();
  /** Gives up each listening for a data connection of the server. */
  readonly #listeners = new Set<() => void>();
  #uploading = false;
  /** The server's last word was that a transfer begins. */
  #agreed = false;
  /** Transfer commands whose data connection was not there when they passed. */
  #wantedAhead = 0;
  /** Begins TLS on each data connection whose transfer command has not passed. */
  readonly #unwanted = new Set<() => void>();
  /** Limits the time of each TLS handshake on a data connection. */
  readonly #handshakes = new Set<() => void>();
  /** Bytes to the server that are still to come before the first command. */
  #preamble: number;

  constructor(socket: Socket, options: ControlOptions) {
    const { guard, timers, send, dataHosts } = options;
    const { preamble = 0, resumption = new Resumption() } = options;
    this.#preamble = preamble;
    this.announced = new AnnouncedPorts(dataHosts);
    this.resumption = resumption;
    this.serverAddress = socket.remoteAddress ?? '';
    this.localAddress = socket.localAddress ?? '';
    this.#guard = guard;
    this.#breakingOff = new BreakingOff(send, timers);
  }

  /** Bytes to the server: looks for the commands that begin a transfer. */
  watchCommands(chunk: Uint8Array): void {
    const commands = chunk.subarray(this.#preamble);
    this.#preamble -= chunk.length - commands.length;
    for (const event of this.#commands.push(commands)) {
      if (event.kind !== 'line') continue;
      const { verb } = parseCommand(event.line);
      if (SETUP_VERBS.has(verb)) this.#wantedAhead = 0;
      const direction = transferDirection(verb);
      if (direction === undefined) continue;
      this.#want();
      this.#uploading = direction === 'upload';
      if (this.#uploading) for (const socket of this.#data) this.#protect(socket);
    }
  }

  /**
   * Calls `begin` when the server has the command that this data connection is for, if it is not there yet.
   * pyftpdlib closes a data connection on which anything comes before that.
   */
  whenWanted(data: Socket, begin: () => void): void {
    if (this.#wantedAhead > 0) {
      this.#wantedAhead -= 1;
      begin();
      return;
    }
    this.#unwanted.add(begin);
    data.once('close', () => this.#unwanted.delete(begin));
  }

  /** A transfer command goes to the server in this turn. */
  #want(): void {
    const [begin] = this.#unwanted;
    if (begin === undefined) {
      this.#wantedAhead += 1;
    } else {
      this.#unwanted.delete(begin);
      setImmediate(begin);
    }
  }

  /** Bytes from the server: looks for data ports it announces, and for its word that a transfer begins. */
  watchReplies(chunk: Uint8Array): void {
    try {
      for (const reply of this.#replies?.push(chunk) ?? []) this.#note(reply);
    } catch (error) {
      if (!(error instanceof FtpSyntaxError)) throw error;
      for (const reply of error.replies) this.#note(reply);
      this.#replies = undefined;
    }
  }

  #note(reply: Reply): void {
    this.announced.note(reply);
    this.#agreed = isPreliminary(reply);
    if (this.#agreed) for (const limit of this.#handshakes) limit();
    this.#breakingOff.heard();
  }

  /**
   * The stream of a data connection, or the one of this connection, broke: calls `reset` when the connection
   * may be reset for it. If the link is over in an upload the server is first told so.
   */
  whenBroken(which: 'data' | 'control', broken: ChannelBroken, reset: () => void): void {
    // What the relay resets while the link goes on it accounts for itself: a reply to ABOR would be one too many.
    if (broken.by !== 'carrier') reset();
    else if (which === 'control') this.#breakingOff.control(reset);
    else if (this.#uploading) this.#breakingOff.data(reset);
    else reset();
  }

  /**
   * A TLS handshake is under way on a data connection. A server may leave it unanswered for as long as no
   * transfer has begun.
   * @param limit limits its time from the call on; idempotent
   */
  handshake(data: Socket, limit: () => void): void {
    this.#handshakes.add(limit);
    data.once('close', () => this.#handshakes.delete(limit));
    if (this.#agreed) limit();
  }

  /** Whether one more data connection may be listened for. */
  get mayListen(): boolean {
    return this.#listeners.size < AGENT_LIMITS.listeners;
  }

  /** @param giveUp ends the listening; called if the control connection ends first */
  listens(giveUp: () => void): void {
    this.#listeners.add(giveUp);
  }

  /** The data connection is there, or nobody waits for it any more. */
  listensNoMore(giveUp: () => void): void {
    this.#listeners.delete(giveUp);
  }

  /** The control connection is over: the server makes no more data connections. */
  close(): void {
    for (const giveUp of this.#listeners) giveUp();
    this.#listeners.clear();
  }

  /** A data connection of this control connection is open. */
  opened(data: Socket): void {
    this.#data.add(data);
    data.once('close', () => {
      this.#data.delete(data);
      // One upload is one data connection; the next may be a download's, dialled before its command.
      if (this.#uploads.delete(data)) this.#uploading = false;
    });
    // The client may connect, and so the agent dial, before or after the command.
    if (this.#uploading) this.#protect(data);
  }

  #protect(data: Socket): void {
    this.#uploads.add(data);
    this.#guard.protect(data);
  }
}
