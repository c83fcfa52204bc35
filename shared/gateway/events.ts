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
  | { type: 'greeted'; code: number }
  | { type: 'user'; name: string }
  | { type: 'logged-in'; code: number }
  | { type: 'login-failed'; code: number; text: string }
  /** A command as it was received; arguments of PASS and ACCT are never in it. */
  | { type: 'command'; verb: string; argument?: string }
  /** The final reply that the client read to a command; `ms` is how long it waited for it. */
  | { type: 'answered'; verb: string; code: number; ms: number }
  /** TLS is spoken with the client on that connection. */
  | ({ type: 'secured'; connection: 'control' | 'data' } & TlsFacts)
  /** The client ended its data connection without close_notify: the upload may have been cut short. */
  | { type: 'unclosed' }
  /** A line that is no command, and what is wrong with it. */
  | { type: 'bad-line'; fault: string }
  /** A command the gateway answered itself with a refusal. */
  | { type: 'refused'; verb: string; code: number; text: string }
  /** The client was told to connect to `port`; `host` is the address a 227 named. */
  | ({ type: 'passive-offered'; verb: string; port: number; host?: string } & ServerHalfFacts)
  /** The client's PORT or EPRT was agreed to; it is dialled there when a transfer begins. */
  | ({ type: 'active-offered'; verb: string; host: string; port: number } & ServerHalfFacts)
  /** The server agreed to no data connection, or none of our ports was free. */
  | { type: 'setup-failed'; verb: string; text: string }
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
  | { type: 'transfer-started'; verb: string; name: string; direction: TransferDirection }
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
      broken?: { by: Culprit; reason: string };
    }
  | { type: 'closed'; by: Culprit; reason: string; ms: number };
