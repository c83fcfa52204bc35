import type { Channel, ChannelBroken } from '../channel.ts';
import type { HostPort } from '../ftp/address.ts';
import type { TransferDirection } from '../ftp/command.ts';
import type { TlsFacts } from './events.ts';
import type { Protection } from './security.ts';

/** A client's control connection, on which TLS may begin. */
export interface ControlChannel extends Channel {
  /**
   * Begins TLS behind what was written so far. Nothing that the client sent in clear is delivered any more.
   * @param secured called once when TLS is spoken; if that comes to nothing, the channel breaks with the
   *   code `tls-failed`
   */
  secure(secured: (facts: TlsFacts) => void): void;
}

/** A client's data connection that has come about, on which nothing was read or sent yet. */
export interface ClientConnection {
  /**
   * Called at most once, when it is known how it is protected. With TLS we are the server whichever end
   * dialled (RFC 4217 §7); a handshake that fails breaks the channel with the code `tls-failed`, or
   * `tls-not-resumed` where the control connection's session was to be resumed.
   * @returns not yet started
   */
  open(terms: OpenTerms): Channel;
  /** Breaks it off in place of {@link open}. */
  reset(reason: string): void;
}

/** How a client's data connection is opened. */
export interface OpenTerms {
  readonly protection: Protection;
  /** Undefined where no transfer has begun; then there is no TLS. */
  readonly direction: TransferDirection | undefined;
  /** TLS is spoken. */
  readonly secured: (facts: TlsFacts) => void;
  /** The client ended TLS without saying so (close_notify), and was believed or not. */
  readonly unclosed: () => void;
}

/**
 * The gateway's face to one FTP client: where its data connections come from and go to.
 * At the relay these are local sockets; at an agent they go over the link.
 */
export interface PublicSide {
  /** The client's end of the control connection. */
  readonly client: HostPort;
  /** Address family of the control connection: what `EPSV 1` and `EPSV 2` ask about (RFC 2428). */
  readonly family: 4 | 6;
  /**
   * Promises one data connection to this client on a passive port.
   * @returns why not, when no port is free for this client.
   */
  offerPassive(outcome: PassiveOutcome): PassiveOffer | PassiveRefusal;
  /**
   * Dials the client for an active data connection (PORT, EPRT).
   * @returns gives the attempt up: neither outcome is told after it. After an outcome it does nothing.
   */
  dialClient(address: HostPort, outcome: DialOutcome): () => void;
}

/** What comes of a promised passive port. */
export interface PassiveOutcome {
  /** Called at most once, with the client's data connection and where it comes from. */
  accepted(connection: ClientConnection, from: HostPort): void;
  /** Somebody connected to the port who may not; the promise stays. */
  stranger(from: HostPort): void;
}

/** How an attempt to reach the client ended; one of the two is called, once. */
export interface DialOutcome {
  /** @param localPort the port it was dialled from; firewalls ask for control port - 1 (RFC 959 §5.2). */
  connected(connection: ClientConnection, localPort: number): void;
  /** @param reason for the client's user, without address and port. */
  failed(reason: string): void;
}

/** A promised passive port. */
export interface PassiveOffer {
  /** IPv4 address for the 227 reply; undefined if the public side has none. */
  readonly host: string | undefined;
  readonly port: number;
  /** Takes the promise back; a connection that comes later is refused. Idempotent. */
  withdraw(): void;
}

/** Why no passive port was promised. */
export interface PassiveRefusal {
  readonly refused: string;
}

/** The gateway's face to the FTP server, for one session. */
export interface ServerSide {
  /** Whether TLS is spoken with the server. */
  readonly secured: boolean;
  /** Opens the control connection. Called once, first. A failure is told by the channel's `closed`. */
  openControl(): Channel;
  /**
   * Dials a data port which the server announced on the control connection.
   * @param connected called once if it answers; a failure is told by the channel's `closed`.
   * @param held nothing is read from it before {@link dialNear} or {@link release} says where to.
   */
  openData(port: number, connected: () => void, held: boolean): Channel;
  /** Why the control connection failed, in words for the client: who is away, and since when. */
  describeFailure(broken: ChannelBroken): string;
  /**
   * Listens for one data connection of the server, which is in active mode.
   * @param held as with {@link openData}
   * @returns gives the attempt up before its outcome; afterwards it does nothing.
   */
  listenData(outcome: ListenOutcome, held: boolean): () => void;
  /**
   * Dials a client in the server's own network, whose bytes are exchanged with those of a held connection
   * there. Both channels carry ends and resets as any others, and their bytes go past this program.
   * @returns gives the attempt up: neither outcome is told after it.
   */
  dialNear(server: Channel, address: HostPort, outcome: DialOutcome): () => void;
  /** What comes from a held connection comes here. */
  release(server: Channel): void;
}

/** How an attempt to listen for the server ended; `listening` or `failed` is called, once. */
export interface ListenOutcome {
  /**
   * @param at what the server is to be told: the address by which it is reached, and the port.
   * @param channel the data connection to come, not started. Resetting it ends the listening.
   */
  listening(at: HostPort, channel: Channel): void;
  /** After `listening`, once: the server has connected. */
  connected(): void;
  failed(reason: string): void;
}

/** Timers are handed in, so that tests own time. */
export interface Timers {
  /** Milliseconds that only grow. */
  now(): number;
  /** Calls `expired` once after `ms`; the returned function cancels. */
  after(ms: number, expired: () => void): () => void;
}
