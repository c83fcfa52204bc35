import type { Socket } from 'node:net';
import type { Channel } from '../../shared/channel.ts';
import type { TlsFacts } from '../../shared/gateway/events.ts';
import { SecurableChannel } from '../../shared/net/securable-channel.ts';
import type { TlsTerminator } from '../../shared/net/tls-terminator.ts';

export interface SessionTlsOptions {
  /** The control connection's. */
  terminator: TlsTerminator;
  /** Whether an end without close_notify breaks a data connection. Asked at each. */
  strictClose: () => boolean;
  /** Whether data connections have to resume the control connection's session. Asked at each. */
  resumedOnly: () => boolean;
}

/** The TLS of one client's data connections, which can resume the session of his control connection. */
export class SessionTls {
  readonly #options: SessionTlsOptions;

  constructor(options: SessionTlsOptions) {
    this.#options = options;
  }

  /** A data connection on that socket, with TLS from its first byte. */
  data(socket: Socket, secured: (facts: TlsFacts) => void): Channel {
    const { terminator, strictClose, resumedOnly } = this.#options;
    const channel = new SecurableChannel(socket, {
      terminator,
      strictClose: strictClose(),
      resumedOnly: resumedOnly(),
    });
    channel.secure(secured);
    return channel;
  }
}
