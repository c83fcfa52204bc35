import type { Reply } from '../ftp/reply.ts';
import { RECEPTION_REPLIES } from './reception-replies.ts';
import { GATEWAY_REPLIES } from './replies.ts';

/** What client and gateway have agreed on about TLS (RFC 4217). */
export interface Protection {
  /** TLS is spoken on the control connection. */
  readonly control: boolean;
  /** PBSZ was said, without which there is no PROT. */
  readonly bufferSize: boolean;
  /** Level of the data connections: clear or private. */
  readonly data: 'C' | 'P';
}

/** Names of TLS; with those of an old draft data connections are private from the beginning. */
const MECHANISMS: ReadonlyMap<string, Protection['data']> = new Map([
  ['TLS', 'C'],
  ['TLS-C', 'C'],
  ['TLS-P', 'P'],
  ['SSL', 'P'],
]);

/** AUTH, PBSZ and PROT at a shared port, until a session takes over what was agreed on. */
export class ReceptionTls {
  readonly #offered: boolean;
  #protection: Protection = { control: false, bufferSize: false, data: 'C' };
  #serverName: string | undefined;

  /** @param offered whether TLS can be had */
  constructor(offered: boolean) {
    this.#offered = offered;
  }

  get protection(): Protection {
    return this.#protection;
  }

  /** The name the client asked for in the handshake (SNI), in small letters. */
  get serverName(): string | undefined {
    return this.#serverName;
  }

  /** Lines of FEAT (RFC 4217 §6). */
  get features(): string[] {
    if (!this.#offered) return [];
    return [...(this.#protection.control ? [] : ['AUTH TLS']), 'PBSZ', 'PROT'];
  }

  /** AUTH: 234 if TLS is to be begun now. */
  authenticate(mechanism: string): Reply {
    const data = MECHANISMS.get(mechanism);
    if (!this.#offered) return GATEWAY_REPLIES.noTls();
    if (this.#protection.control) return RECEPTION_REPLIES.tlsBegun();
    if (data === undefined) return RECEPTION_REPLIES.unknownMechanism();
    this.#protection = { ...this.#protection, data };
    return RECEPTION_REPLIES.beginTls();
  }

  /** TLS stands. */
  secured(serverName: string | undefined): void {
    this.#protection = { ...this.#protection, control: true };
    this.#serverName = serverName;
  }

  /** PBSZ: with TLS the size is 0 whatever was asked for (RFC 4217 §8). */
  bufferSize(): Reply {
    if (!this.#protection.control) return RECEPTION_REPLIES.tlsFirst();
    this.#protection = { ...this.#protection, bufferSize: true };
    return RECEPTION_REPLIES.bufferSize();
  }

  /** PROT (RFC 4217 §9). */
  protect(level: string): Reply {
    if (!this.#protection.control) return RECEPTION_REPLIES.tlsFirst();
    if (!this.#protection.bufferSize) return RECEPTION_REPLIES.bufferSizeFirst();
    if (level !== 'C' && level !== 'P') return RECEPTION_REPLIES.unknownProtection();
    this.#protection = { ...this.#protection, data: level };
    return RECEPTION_REPLIES.protection(level);
  }
}
