import { defineClient, isActive, pathText, runClient, urlHost, urlScheme } from './client.ts';
import type { ClientTls, DataCommand, Endpoint, FtpClientUnderTest, RemotePath } from './client.ts';
import type { ProgramResult } from '../program.ts';

/** lftp with the two commands only it has. */
export interface Lftp extends FtpClientUnderTest {
  /** `mirror -P n`: fetches a folder with n transfers at once. */
  mirrorDown(remote: string, local: string, parallel: number): Promise<ProgramResult>;
  /** `mirror -R -P n`: sends a folder with n transfers at once. */
  mirrorUp(local: string, remote: string, parallel: number): Promise<ProgramResult>;
}

/** Without these a failure would be retried for ever. */
const SETTINGS = [
  'set cmd:fail-exit true',
  'set net:max-retries 2',
  'set net:timeout 20',
  'set net:reconnect-interval-base 1',
  'set xfer:clobber true',
  // After a failure it would try its other mode.
  'set ftp:auto-passive-mode false',
];

/** lftp as it comes, but for TLS, which it would try wherever a server offers it: PASV. EPRT it knows over IPv6 only. */
export function lftp(endpoint: Endpoint, mode: DataCommand = 'PASV'): Lftp {
  const settings = [
    `set ftp:passive-mode ${!isActive(mode)}`,
    `set ftp:prefer-epsv ${mode === 'EPSV'}`,
    ...tlsSettings(endpoint.tls),
  ];
  const login = `open -u ${quoted(endpoint.user)},${quoted(endpoint.password)} -p ${endpoint.port} ${urlScheme(endpoint)}://${urlHost(endpoint.host)}`;
  const script = (
    lines: readonly string[],
    paths: readonly RemotePath[],
  ): Promise<ProgramResult> => {
    const all = [...SETTINGS, ...settings, ...charsetOf(paths), login, ...lines].join('\n');
    return runClient('/usr/bin/lftp', ['--norc', '-c', all]);
  };
  const at = (path: RemotePath): string => quoted(pathText(path).text);
  const here = (dir: RemotePath): string[] => (dir.length === 0 ? [] : [`cd ${at(dir)}`]);
  const client = defineClient('lftp', {
    list: (dir) => script([...here(dir), 'ls'], [dir]),
    nlst: (dir) => script([...here(dir), 'nlist'], [dir]),
    mlsd: async (dir) => {
      const lines = ['set ftp:use-mlsd yes', 'debug 5', ...here(dir), 'cls -1'];
      const result = await script(lines, [dir]);
      return result.stderr.includes('---> MLSD') ? result : { ...result, status: 1 };
    },
    get: (remote, local) => script([`get ${at(remote)} -o ${quoted(local)}`], [remote]),
    put: (local, remote) => script([`put ${quoted(local)} -o ${at(remote)}`], [remote]),
    resumeGet: (remote, local) => script([`get -c ${at(remote)} -o ${quoted(local)}`], [remote]),
    resumePut: (local, remote) => script([`put -c ${quoted(local)} -o ${at(remote)}`], [remote]),
    delete: (remote) => script([`rm ${at(remote)}`], [remote]),
    rename: (from, to) => script([`mv ${at(from)} ${at(to)}`], [from, to]),
    mkdir: (dir) => script([`mkdir ${at(dir)}`], [dir]),
  });
  return {
    ...client,
    mirrorDown: (remote, local, parallel) =>
      script([`mirror -P ${parallel} ${at(remote)} ${quoted(local)}`], []),
    mirrorUp: (local, remote, parallel) =>
      script([`mirror -R -P ${parallel} ${quoted(local)} ${at(remote)}`], []),
  };
}

/** GnuTLS; what it sends is in its priority string. */
function tlsSettings(tls: ClientTls | undefined): string[] {
  if (tls === undefined) return ['set ftp:ssl-allow false'];
  const { caFile, data, version } = tls;
  return [
    'set ftp:ssl-force true',
    `set ftp:ssl-protect-data ${data === 'P'}`,
    `set ftp:ssl-protect-list ${data === 'P'}`,
    `set ssl:ca-file ${quoted(caFile)}`,
    'set ssl:verify-certificate true',
    ...(version === undefined ? [] : [`set ssl:priority "NORMAL:-VERS-ALL:+VERS-TLS${version}"`]),
  ];
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** A server that says UTF8 in its FEAT would get UTF-8, whatever charset is set. */
function charsetOf(paths: readonly RemotePath[]): string[] {
  const latin1 = paths.some((path) => pathText(path).charset === 'latin1');
  return latin1 ? ['set ftp:use-feat no', 'set ftp:charset ISO-8859-1'] : [];
}
