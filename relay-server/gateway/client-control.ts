import type { TlsFacts } from '../../shared/gateway/events.ts';
import type { SecurityState } from '../../shared/gateway/security.ts';
import type { ControlChannel } from '../../shared/gateway/sides.ts';
import { SecurableChannel } from '../../shared/net/securable-channel.ts';
import type { TlsTerminator } from '../../shared/net/tls-terminator.ts';
import type { Arrival } from './arrivals.ts';

/** A client's control connection, with what is known of its TLS. */
export interface ClientControl {
  /** Not started. */
  readonly channel: ControlChannel;
  /** What its TLS is or would be begun by; that of the client's data connections is, too. */
  readonly terminator: TlsTerminator;
  readonly security: SecurityState;
  /** What was agreed on, once it has TLS. */
  readonly tls?: TlsFacts | undefined;
}

/** A control connection as it has come: in clear. */
export function clearControl({ socket }: Arrival, terminator: TlsTerminator): ClientControl {
  const channel = new SecurableChannel(socket, { terminator });
  return { channel, terminator, security: { is: 'clear' } };
}
