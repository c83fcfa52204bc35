import { TLS_LIMITS } from '../limits.ts';

/**
 * Sessions of clients that take no tickets and name a session by its id (RFC 5246 §7.3), as programs on
 * libcurl do in TLS 1.2. The newest {@link TLS_LIMITS.storedSessions} are kept.
 */
export class TlsSessionStore {
  readonly #sessions = new Map<string, Buffer>();

  keep(id: Buffer, session: Buffer): void {
    const { storedSessions } = TLS_LIMITS;
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= storedSessions && oldest !== undefined) {
      this.#sessions.delete(oldest);
    }
    this.#sessions.set(id.toString('hex'), session);
  }

  /** The session of that id; null, as Node has it, when there is none. */
  find(id: Buffer): Buffer | null {
    return this.#sessions.get(id.toString('hex')) ?? null;
  }
}
