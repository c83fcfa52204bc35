import type { ClientMode } from './client-mode.ts';
import type { ServerMode } from './server-mode.ts';
import type { TlsRules } from './tls-rules.ts';
import type { Throttle } from './throttled-channel.ts';

/** What is asked of a session by the tunnel it came through. Times are milliseconds. */
export interface SessionRules {
  /** Time from connect to a successful login. */
  readonly login: number;
  /** Control connection without a command and without a transfer. */
  readonly idle: number;
  /** A transfer that moves nothing for so long is broken off. */
  readonly stall: number;
  /** The client chose the tunnel at a port that others share: HOST is said there or not at all. */
  readonly sharedPort?: boolean;
  /** What is asked of the client as to TLS. Asked each time: it holds at once. */
  readonly tls: () => TlsRules;
  /** Puts the data connections under the bandwidth limits; without it there are none. */
  readonly throttle?: Throttle;
  /** Whether the server's files may not be changed. Asked at each command: it holds at once. */
  readonly readOnly: () => boolean;
  /** Whether a server at this address may take part in server-to-server transfers. Asked each time. */
  readonly fxp: (address: string) => boolean;
  /**
   * Whether a client that names an address of its own network, not the one it is seen by, may be in the
   * server's: then its data may stay there. Asked each time.
   */
  readonly nearby: () => boolean;
  /** Modes the client may set up data connections in. Asked each time it does: it holds at once. */
  readonly clientMode: () => ClientMode;
  /** How the server's data connections come about. Asked each time the client sets one up. */
  readonly serverMode: () => ServerMode;
}
