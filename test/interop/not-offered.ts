import type { ServerName } from '../support/servers/index.ts';

/**
 * What a client and a server cannot do with each other even without Gangway, with the reason. Such a
 * cell must fail on both routes; every other cell must succeed on both.
 */
interface NotOffered {
  readonly server?: ServerName;
  readonly client?: string;
  readonly cell: string;
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
];

/** Why that cell is not offered by that pair; undefined when it is. */
export function whyNotOffered(
  server: ServerName,
  client: string,
  cell: string,
): string | undefined {
  return NOT_OFFERED.find(
    (row) =>
      row.cell === cell && (row.server ?? server) === server && (row.client ?? client) === client,
  )?.reason;
}
