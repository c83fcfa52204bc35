import type { ServerMode } from '../../shared/gateway/server-mode.ts';
import type { ServerName } from '../support/servers/index.ts';

const VERBS = ['EPSV', 'PASV', 'EPRT', 'PORT'] as const;
const ALLOWED: Readonly<Record<ServerMode, readonly string[]>> = {
  auto: VERBS,
  epsv: ['EPSV'],
  pasv: ['PASV'],
  active: ['EPRT', 'PORT'],
};

/**
 * Configuration that leaves a server only the commands of that mode, so that a transfer proves that the
 * gateway used no other. Pure-FTPd can leave none out.
 */
export function configForMode(name: ServerName, mode: ServerMode): string[] {
  const denied = VERBS.filter((verb) => !ALLOWED[mode].includes(verb));
  return denied.length === 0 ? [] : WITHOUT[name](denied);
}

const WITHOUT: Readonly<Record<ServerName, (verbs: readonly string[]) => string[]>> = {
  vsftpd: (verbs) => [`cmds_denied=${verbs.join(',')}`],
  proftpd: (verbs) => [`<Limit ${verbs.join(' ')}>`, 'DenyAll', '</Limit>'],
  'pure-ftpd': () => [],
  pyftpdlib: (verbs) => verbs.map((verb) => `handler.proto_cmds.pop('${verb}')`),
};
