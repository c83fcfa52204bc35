import { SERVER_MODES, type ServerMode } from '../../shared/gateway/server-mode.ts';
import { FTP_CLIENTS } from '../support/clients/index.ts';
import type { ClientInMode, DataCommand } from '../support/clients/index.ts';
import { CELLS } from './cells.ts';
import type { Cell } from './cells.ts';

/** How a client reaches the server: by itself, or through a tunnel with that server mode. */
export type Way = 'direct' | ServerMode;

/** How much is run; the environment variable GANGWAY_INTEROP names one that is not `short`. */
export type Scope = 'short' | 'direct' | 'all';

/** One client in one mode on one way to each server, with the cells to run. */
export interface Pairing {
  /** Unique among the pairings of a server, and fit for a folder's name. */
  readonly label: string;
  readonly client: string;
  readonly mode: DataCommand;
  readonly way: Way;
  readonly family: 4 | 6;
  readonly make: ClientInMode['make'];
  readonly cells: readonly Cell[];
}

/** What GANGWAY_INTEROP asks for. @throws Error when it is none of the scopes. */
export function scopeOf(word: string | undefined): Scope {
  if (word === undefined || word === '') return 'short';
  if (word === 'direct' || word === 'all') return word;
  throw new Error(`GANGWAY_INTEROP is ${word}; it may be direct or all`);
}

/**
 * The pairings of a scope:
 * - `short`: every cell for every client as it comes, directly and through Gangway; through Gangway the
 *   short cells for its other modes, and for the server's active mode;
 * - `direct`: every cell for every client in every mode without Gangway;
 * - `all`: every cell for every client in every mode, directly and with every server mode.
 */
export function pairingsOf(scope: Scope): Pairing[] {
  return FTP_CLIENTS.flatMap((modes) =>
    modes.flatMap((inMode, index) =>
      waysOf(scope, index === 0)
        .filter((way) => way !== 'direct' || inMode.family !== 6)
        .map((way) => pairing(inMode, way, scope !== 'short' || (index === 0 && way !== 'active'))),
    ),
  );
}

/** The real servers listen on IPv4 here, so without Gangway there is no way from IPv6. */
function waysOf(scope: Scope, asItComes: boolean): readonly Way[] {
  if (scope === 'direct') return ['direct'];
  if (scope === 'all') return ['direct', ...SERVER_MODES];
  return asItComes ? ['direct', 'auto', 'active'] : ['auto'];
}

function pairing(client: ClientInMode, way: Way, everything: boolean): Pairing {
  const { name, mode, family = 4, make } = client;
  const cells = CELLS.filter((cell) => (everything || cell.short === true) && runs(client, cell));
  return { label: `${name}-${mode}-${way}`, client: name, mode, way, family, make, cells };
}

/** Whether that client can do what a cell needs. */
export function runs(client: ClientInMode, cell: Cell): boolean {
  if (cell.onlyLftp === true && client.name !== 'lftp') return false;
  return cell.needs.every((operation) => client.can.has(operation));
}
