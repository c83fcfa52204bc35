import type { HostPort } from '../ftp/address.ts';
import type { TransferDirection } from '../ftp/command.ts';
import type { ServerWay } from './server-traits.ts';

/** Who broke something off, as far as the gateway can see. */
export type Culprit = 'client' | 'server' | 'tunnel' | 'gateway';

/** What was agreed on in a TLS handshake with the client. */
export interface TlsFacts {
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly version: string;
  /** Name of the cipher suite, as the standards have it. */
  readonly cipher: string;
  /** The client has resumed a session. */
  readonly resumed: boolean;
  /** The name it asked for (SNI). */
  readonly serverName: string | undefined;
}

/** The server's half of a data connection. */
interface ServerHalfFacts {
  /** Who dials whom: with `active` the server dials the agent. */
  serverWay?: ServerWay;
  /** The server's port, or with `active` the agent's. */
  serverPort?: number;
}

/**
 * What happens in a session. Logs, history, diagnosis and the dashboard subscribe to these; the
 * gateway itself keeps no record.
 */
export type SessionEvent =
  | { type: 'opened'; client: HostPort }
  /** `text` is the first line, shortened. */
  | { type: 'greeted'; code: number; text: string }
  | { type: 'user'; name: string }
  | { type: 'logged-in'; code: number }
  | { type: 'login-failed'; code: number; text: string }
  /** A command as it was received; arguments of PASS and ACCT are never in it. */
  | { type: 'command'; verb: string; argument?: string }
  /**
   * The final reply that the client read to a command; `ms` is how long it waited for it. The text, shortened,
   * is there if it is a refusal.
   */
  | { type: 'answered'; verb: string; code: number; ms: number; text?: string }
  /** The server said how long a file is. */
  | { type: 'size'; name: string; bytes: number }
  /** TLS is spoken with the client on that connection. */
  | ({ type: 'secured'; connection: 'control' | 'data' } & TlsFacts)
  /** The client ended its data connection without close_notify: the upload may have been cut short. */
  | { type: 'unclosed' }
  /** A line that is no command, and what is wrong with it. */
  | { type: 'bad-line'; fault: string }
  /** What the client says first is of another protocol than FTP. */
  | { type: 'other-protocol'; protocol: OtherProtocol }
  /** A command the gateway answered itself with a refusal. */
  | { type: 'refused'; verb: string; code: number; text: string; why: RefusalReason }
  /** The client was told to connect to `port`; `host` is the address a 227 named. */
  | ({ type: 'passive-offered'; verb: string; port: number; host?: string } & ServerHalfFacts)
  /** The client's PORT or EPRT was agreed to; it is dialled there when a transfer begins. */
  | ({ type: 'active-offered'; verb: string; host: string; port: number } & ServerHalfFacts)
  /** The server agreed to no data connection, or none of our ports was free. */
  | { type: 'setup-failed'; verb: string; text: string; why: 'no-passive-port' | 'server' }
  /** Somebody who may not connected to the port this client was told; the promise stays. */
  | { type: 'stranger'; port: number; from: HostPort }
  /** The client connected to the port it was told; `from` is where from. */
  | { type: 'data-accepted'; port: number; from: HostPort }
  /** The client was reached; `localPort` is where it was dialled from. */
  | { type: 'data-dialled'; host: string; port: number; localPort: number }
  /** The client was reached in the server's own network; its data stays there. */
  | { type: 'data-direct'; host: string; port: number }
  /** It was not; its data goes the usual way. */
  | { type: 'data-direct-failed'; host: string; port: number; reason: string }
  /** The data connection between agent and server stands. */
  | ({ type: 'server-data' } & ServerHalfFacts)
  /** `size` is the whole file's in bytes, where the server has said it. */
  | {
      type: 'transfer-started';
      verb: string;
      name: string;
      direction: TransferDirection;
      size?: number;
    }
  | {
      type: 'transfer-ended';
      verb: string;
      name: string;
      direction: TransferDirection;
      /** Payload bytes that were delivered on the public side. */
      bytes: number;
      ms: number;
      /** Code of the reply the client got. */
      code: number;
      /** `code` is the word of {@link Breakage}, or that of the session's end. */
      broken?: { by: Culprit; code: string; reason: string };
    }
  /** `code` is a stable word for the reason: one of {@link EndCode}, or the code of the channel that broke. */
  | { type: 'closed'; by: Culprit; code: string; reason: string; ms: number };

/** What else than FTP a client may speak. */
export type OtherProtocol = 'http' | 'ssh' | 'tls' | 'unknown';

/** Why the gateway itself refuses a command. */
export type RefusalReason =
  | 'behind-nat'
  | 'foreign-address'
  | 'privileged-port'
  | 'bad-address'
  | 'wrong-family'
  | 'epsv-all'
  | 'active-not-allowed'
  | 'passive-not-allowed'
  | 'read-only'
  | 'tls-required'
  | 'data-tls-required'
  | 'tls-not-available'
  | 'not-implemented'
  | 'out-of-order'
  | 'not-a-command';

/** Why a session ended, where no channel broke. */
export type EndCode =
  | 'quit'
  | 'client-closed'
  | 'server-closed'
  | 'server-limit'
  | 'idle'
  | 'login-timeout'
  | 'greeting-timeout'
  | 'other-protocol'
  | 'bad-lines'
  | 'pipelined-auth'
  | 'server-not-ftp'
  | 'server-reply-too-long'
  | 'out-of-step'
  | 'restarting'
  | 'relay-stopped'
  | 'tunnel-deleted'
  | 'tunnel-changed'
  | 'killed';
