import type { ServerMode } from './server-mode.ts';

/** How one data connection of the server comes about: it listens, or (`active`) it connects. */
export type ServerWay = 'EPSV' | 'PASV' | 'active';

/** In the order they are tried; a server in active mode must reach its agent, so that is the last. */
const ALL_WAYS: readonly ServerWay[] = ['EPSV', 'PASV', 'active'];

const WAY_OF_MODE = { epsv: 'EPSV', pasv: 'PASV', active: 'active' } as const;

/**
 * What was learnt of a server; one object per tunnel, shared by its sessions. It forgets what does not
 * hold any more, so another server in the same place is learnt like the first.
 */
export class ServerTraits {
  #way: ServerWay | undefined;
  /** A data connection came about that way. */
  #proven = false;

  /** The ways to try for the next data connection, in this order. */
  ways(mode: ServerMode): ServerWay[] {
    if (mode !== 'auto') return [WAY_OF_MODE[mode]];
    const known = this.#way;
    return known === undefined
      ? [...ALL_WAYS]
      : [known, ...ALL_WAYS.filter((way) => way !== known)];
  }

  /**
   * Whether the server is to be dialled before a client is promised anything: a server that names a port
   * where nobody answers, behind its own firewall for example, may serve another way. One that connects
   * itself does so only when it transfers.
   */
  doubts(way: ServerWay, mode: ServerMode): boolean {
    if (mode !== 'auto' || way === 'active') return false;
    return !this.#proven || way !== this.#way;
  }

  /** The server agreed to it. */
  agreed(way: ServerWay): void {
    if (this.#way === way) return;
    this.#way = way;
    this.#proven = false;
  }

  /** A data connection came about. */
  proved(way: ServerWay): void {
    this.#way = way;
    this.#proven = true;
  }

  /** It did not, though the server had agreed. */
  disproved(way: ServerWay): void {
    if (this.#way !== way) return;
    this.#way = undefined;
    this.#proven = false;
  }
}
