import type { ProgramResult } from '../support/program.ts';
import { runClient } from '../support/clients/client.ts';
import type { Endpoint } from '../support/clients/index.ts';

/** How a client asks for data connections. */
export type Mode = 'EPSV' | 'PASV' | 'EPRT' | 'PORT';
export type ClientName = 'curl' | 'lftp' | 'ftplib';

/** One login: list the folder of the login, fetch a file, send a file. */
export interface Visit {
  /** Where the program runs: the command put before it. */
  readonly within: readonly string[];
  readonly endpoint: Endpoint;
  readonly mode: Mode;
  /** Remote name of the file to fetch, and where it goes. */
  readonly fetch: string;
  readonly fetchTo: string;
  /** Local file to send, and its remote name. */
  readonly send: string;
  readonly sendTo: string;
  /** With it TLS is spoken on both connections; the file of the only root that is trusted then. */
  readonly caFile?: string;
}

/** What came of a visit. */
export interface VisitResult {
  /** 0 when the program noticed no failure. */
  readonly status: number | null;
  /** Both directions of the control connection, as the program tells them, and the listing. */
  readonly text: string;
  /** Wall time in milliseconds. */
  readonly ms: number;
}

/** Longer than the gateway may take to say what is wrong; a program gives up by itself only after it. */
const CLIENT_TIMEOUT_S = 20;
/** curl 7.88 does not end by itself when EPRT is refused over IPv6, though it has read the reply. */
const CURL_LIMIT_S = 9.5;
const HARD_LIMIT_MS = 30_000;

/** Makes one visit with that program. @throws Error when it hangs. */
export async function visit(client: ClientName, work: Visit): Promise<VisitResult> {
  const { command, stdin } = PROGRAMS[client](work);
  const [first = '', ...args] = [...work.within, ...command];
  const result = await runClient(first, args, {
    timeoutMs: HARD_LIMIT_MS,
    ...(stdin !== undefined && { stdin }),
  });
  return { status: result.status, text: textOf(result), ms: result.ms };
}

interface CommandLine {
  readonly command: readonly string[];
  readonly stdin?: string;
}

const PROGRAMS: Readonly<Record<ClientName, (work: Visit) => CommandLine>> = { curl, lftp, ftplib };

const CURL_MODES: Readonly<Record<Mode, readonly string[]>> = {
  EPSV: [],
  PASV: ['--disable-epsv'],
  EPRT: ['--ftp-port', '-'],
  PORT: ['--ftp-port', '-', '--disable-eprt'],
};

function curl({ endpoint, mode, fetch, fetchTo, send, sendTo, caFile }: Visit): CommandLine {
  const { host, port, user, password } = endpoint;
  const root = `ftp://${host.includes(':') ? `[${host}]` : host}:${port}/`;
  const limits = ['--max-time', String(CURL_LIMIT_S)];
  const tls = caFile === undefined ? [] : ['--ssl-reqd', '--cacert', caFile];
  const each = ['-sSv', '--user', `${user}:${password}`, ...limits, ...tls, ...CURL_MODES[mode]];
  // By itself curl would take the control connection's address instead of the one in the 227.
  const honest = mode === 'PASV' ? [...each, '--no-ftp-skip-pasv-ip'] : each;
  const list = [...honest, root];
  const get = [...honest, '--output', fetchTo, `${root}${fetch}`];
  const put = [...honest, '--upload-file', send, `${root}${sendTo}`];
  const visits = [...list, '--next', ...get, '--next', ...put];
  return { command: ['/usr/bin/curl', '-q', '--fail-early', ...visits] };
}

/** Without these lftp would try for ever, another mode included. */
const LFTP_SETTINGS = [
  'set cmd:fail-exit true',
  'set net:max-retries 1',
  `set net:timeout ${CLIENT_TIMEOUT_S}`,
  'set ftp:auto-passive-mode false',
  'set ftp:fix-pasv-address false',
  'set xfer:clobber true',
  'debug 5',
];

function lftp({ endpoint, mode, fetch, fetchTo, send, sendTo, caFile }: Visit): CommandLine {
  const { host, port, user, password } = endpoint;
  const script = [
    ...LFTP_SETTINGS,
    ...lftpTls(caFile),
    `set ftp:passive-mode ${mode === 'EPSV' || mode === 'PASV'}`,
    `set ftp:prefer-epsv ${mode === 'EPSV'}`,
    `open -u ${user},${password} -p ${port} ftp://${host.includes(':') ? `[${host}]` : host}`,
    'ls',
    `get ${fetch} -o ${fetchTo}`,
    `put ${send} -o ${sendTo}`,
  ];
  return { command: ['/usr/bin/lftp', '--norc', '-c', script.join('\n')] };
}

/** By itself it would try TLS wherever that is offered, and then not trust the certificate. */
function lftpTls(caFile: string | undefined): string[] {
  if (caFile === undefined) return ['set ftp:ssl-allow false'];
  const data = ['set ftp:ssl-protect-data true', 'set ftp:ssl-protect-list true'];
  return ['set ftp:ssl-force true', ...data, `set ssl:ca-file ${caFile}`];
}

/** ftplib chooses by address family; this makes it choose by mode, with its own functions. */
const FTPLIB_PROGRAM = `
import ftplib, json, ssl, sys
p = json.loads(sys.argv[1])

class FTP(ftplib.FTP_TLS if 'caFile' in p else ftplib.FTP):
    trust_server_pasv_ipv4_address = True
    def makepasv(self):
        if p['mode'] == 'PASV':
            return ftplib.parse227(self.sendcmd('PASV'))
        return ftplib.parse229(self.sendcmd('EPSV'), self.sock.getpeername())
    def sendport(self, host, port):
        return (super().sendport if p['mode'] == 'PORT' else self.sendeprt)(host, port)

tls = {'context': ssl.create_default_context(cafile=p['caFile'])} if 'caFile' in p else {}
ftp = FTP(timeout=p['timeout'], **tls)
ftp.set_debuglevel(1)
ftp.connect(p['host'], p['port'])
ftp.login(p['user'], p['password'])
if 'caFile' in p:
    ftp.prot_p()
ftp.set_pasv(p['mode'] in ('PASV', 'EPSV'))
ftp.retrlines('LIST', print)
with open(p['fetchTo'], 'wb') as file:
    ftp.retrbinary('RETR ' + p['fetch'], file.write)
with open(p['send'], 'rb') as file:
    ftp.storbinary('STOR ' + p['sendTo'], file)
ftp.quit()
`;

function ftplib({ endpoint, mode, fetch, fetchTo, send, sendTo, caFile }: Visit): CommandLine {
  const { host, port, user, password } = endpoint;
  const account = { host, port, user, password, timeout: CLIENT_TIMEOUT_S };
  const task = { ...account, mode, fetch, fetchTo, send, sendTo, caFile };
  const command = ['/usr/bin/python3', '-u', '-', JSON.stringify(task)];
  return { command, stdin: FTPLIB_PROGRAM };
}

function textOf(result: ProgramResult): string {
  return Buffer.concat([result.stdout, result.stderr]).toString('latin1');
}

/** What each program writes before a command that it sends. */
const SENT: Readonly<Record<ClientName, RegExp>> = {
  curl: /^> (EPSV|PASV|EPRT|PORT)\b/gm,
  lftp: /^---> (EPSV|PASV|EPRT|PORT)\b/gm,
  ftplib: /^\*cmd\* '(EPSV|PASV|EPRT|PORT)\b/gm,
};

/** The modes in which a program asked for data connections, in the order it first did so. */
export function modesUsed(client: ClientName, text: string): Mode[] {
  const found = Array.from(text.matchAll(SENT[client]), (match) => match[1] as Mode);
  return [...new Set(found)];
}
