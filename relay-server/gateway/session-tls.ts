import type { Socket } from 'node:net';
import type { Channel } from '../../shared/channel.ts';
import type { OpenTerms } from '../../shared/gateway/sides.ts';
import { SecurableChannel } from '../../shared/net/securable-channel.ts';
import type { SlabPool } from '../../shared/net/slab-pool.ts';
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

  /**
   * A data connection on that socket, with TLS from its first byte.
   * @param gather where to gather what is read
   */
  data(socket: Socket, { direction, secured, unclosed }: OpenTerms, gather: SlabPool): Channel {
    const { terminator, strictClose, resumedOnly } = this.#options;
    const watched = { strict: strictClose(), unclosed };
    const channel = new SecurableChannel(socket, {
      terminator,
      resumedOnly: resumedOnly(),
      gather,
      // How the client ends a download says nothing of the file.
      ...(direction === 'upload' && { watched }),
    });
    channel.secure(secured);
    return channel;
  }
}
