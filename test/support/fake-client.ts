import type { TlsFacts } from '../../shared/gateway/events.ts';
import type { Protection } from '../../shared/gateway/security.ts';
import type { ClientConnection, ControlChannel, OpenTerms } from '../../shared/gateway/sides.ts';
import { FakeChannel } from './fake-channel.ts';

/** What a handshake of a test agrees on. */
export const TLS_FACTS: TlsFacts = {
  version: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  resumed: false,
  serverName: undefined,
};

/** A control connection that notes when TLS is to begin on it. */
export class FakeControl extends FakeChannel implements ControlChannel {
  /** Ends the handshake, once TLS was begun. */
  secured: ((facts: TlsFacts) => void) | undefined;

  secure(secured: (facts: TlsFacts) => void): void {
    this.secured = secured;
  }
}

/** A data connection of the client on that channel. */
export class FakeConnection implements ClientConnection {
  readonly #channel: FakeChannel;
  readonly #opened: (protection: Protection) => void;

  constructor(channel: FakeChannel, opened: (protection: Protection) => void) {
    this.#channel = channel;
    this.#opened = opened;
  }

  open({ protection, secured }: OpenTerms): FakeChannel {
    this.#opened(protection);
    if (protection === 'private') secured(TLS_FACTS);
    return this.#channel;
  }

  reset(reason: string): void {
    this.#channel.reset(reason);
  }
}
