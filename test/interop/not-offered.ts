import { isActive } from '../support/clients/index.ts';
import type { DataCommand } from '../support/clients/index.ts';
import type { ServerName } from '../support/servers/index.ts';
import type { Cell } from './cells.ts';
import type { Pairing } from './plan.ts';

/**
 * What a client and a server cannot do with each other even without Gangway, with the reason. Such a
 * cell must fail on every way; every other cell must succeed on every way.
 */
interface NotOffered {
  readonly server?: ServerName;
  readonly client?: string;
  readonly mode?: DataCommand;
  readonly cell?: string;
  /** Cells that work all the same. */
  readonly except?: readonly string[];
  readonly reason: string;
}

const NOT_OFFERED: readonly NotOffered[] = [
  { server: 'vsftpd', cell: 'MLSD', reason: 'vsftpd has no MLSD' },
  {
    server: 'pure-ftpd',
    client: 'ncftp',
    cell: 'NLST',
    reason: 'ncftp sends NLST -1 and Pure-FTPd takes -1 for a name',
  },
  {
    server: 'pyftpdlib',
    client: 'ncftp',
    cell: 'NLST',
    reason: 'ncftp sends NLST -1 and pyftpdlib takes -1 for a name',
  },
  {
    server: 'pyftpdlib',
    cell: 'a name in Latin-1',
    reason: 'pyftpdlib decodes every name as UTF-8',
  },
  {
    client: 'lftp',
    mode: 'EPRT',
    except: ['delete', 'rename', 'mkdir'],
    reason:
      'from ::1 lftp names :: as its address, which no server but vsftpd takes; ' +
      'from other addresses it names its own, as test/nat shows',
  },
];

/** What a cell is asked about with. */
export interface CellPlace {
  readonly server: ServerName;
  readonly client: string;
  readonly mode: DataCommand;
  readonly cell: string;
}

/** Why that cell is not offered; undefined when it is. */
export function whyNotOffered(place: CellPlace): string | undefined {
  const { server, client, mode, cell } = place;
  return NOT_OFFERED.find(
    (row) =>
      (row.server ?? server) === server &&
      (row.client ?? client) === client &&
      (row.mode ?? mode) === mode &&
      (row.cell ?? cell) === cell &&
      row.except?.includes(cell) !== true,
  )?.reason;
}

/** Why that cell is not run at all: it fails now and then without Gangway too, so it would prove nothing. */
export function whyNotRun(
  server: ServerName,
  { mode, way }: Pick<Pairing, 'mode' | 'way'>,
  cell: Cell,
): string | undefined {
  const serverDials = way === 'active' || (way === 'direct' && isActive(mode));
  return server === 'pyftpdlib' && serverDials && cell.onlyLftp === true
    ? 'pyftpdlib loses track of connections when it makes several at once'
    : undefined;
}
