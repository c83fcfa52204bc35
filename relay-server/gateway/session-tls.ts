import type { Socket } from 'node:net';
import type { Channel } from '../../shared/channel.ts';
import type { ControlChannel, OpenTerms } from '../../shared/gateway/sides.ts';
import { SecurableChannel } from '../../shared/net/securable-channel.ts';
import type { TlsTerminator } from '../../shared/net/tls-terminator.ts';

export interface SessionTlsOptions {
  /** The tunnel's own. */
  terminator: TlsTerminator;
  /** Whether an end without close_notify breaks a data connection. Asked at each. */
  strictClose: () => boolean;
  /** Whether data connections have to resume the control connection's session. Asked at each. */
  resumedOnly: () => boolean;
}

/**
 * The TLS of one client's connections. Where data connections have to resume the session of their control
 * connection it takes tickets of its own only: one from another session is none here.
 */
export class SessionTls {
  readonly #options: SessionTlsOptions;
  readonly terminator: TlsTerminator;

  constructor(options: SessionTlsOptions) {
    this.#options = options;
    const { terminator, resumedOnly } = options;
    this.terminator = resumedOnly() ? terminator.apart() : terminator;
  }

  /** The control connection on that socket, in clear so far. */
  control(socket: Socket): ControlChannel {
    return new SecurableChannel(socket, { terminator: this.terminator });
  }

  /** A data connection on that socket, with TLS from its first byte. */
  data(socket: Socket, { direction, secured, unclosed }: OpenTerms): Channel {
    const { strictClose, resumedOnly } = this.#options;
    const watched = { strict: strictClose(), unclosed };
    const channel = new SecurableChannel(socket, {
      terminator: this.terminator,
      resumedOnly: resumedOnly(),
      // How the client ends a download says nothing of the file.
      ...(direction === 'upload' && { watched }),
    });
    channel.secure(secured);
    return channel;
  }
}
