import { defineClient, isActive, pathText, runClient } from './client.ts';
import type { DataCommand, Endpoint, FtpClientUnderTest, Operation, RemotePath } from './client.ts';
import type { ProgramResult } from '../program.ts';

/**
 * One operation with Python's own FTP library; its parameters are the one argument, as JSON. The
 * library takes EPSV and EPRT over IPv6 only; where it is to use them over IPv4, with functions of its own.
 * It knows no implicit TLS and resumes no session either; the two classes are what its users write.
 */
const PROGRAM = `
import ftplib, json, os, ssl, sys
p = json.loads(sys.argv[1])
remote = p['remote']
tls = p['tls']

class Resuming(ftplib.FTP_TLS):
    def ntransfercmd(self, cmd, rest=None):
        conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        if self._prot_p:
            conn = self.context.wrap_socket(conn, server_hostname=self.host, session=self.sock.session)
        return conn, size

def implicit(base):
    class Implicit(base):
        inner = None
        @property
        def sock(self):
            return self.inner
        @sock.setter
        def sock(self, value):
            if value is not None and not isinstance(value, ssl.SSLSocket):
                value = self.context.wrap_socket(value, server_hostname=self.host)
            self.inner = value
    return Implicit

def client():
    if tls is None:
        return ftplib.FTP(timeout=20, encoding=p['encoding'])
    kind = Resuming if p['resumes'] else ftplib.FTP_TLS
    if tls['mode'] == 'implicit':
        kind = implicit(kind)
    context = ssl.create_default_context(cafile=tls['caFile'])
    if 'version' in tls:
        context.minimum_version = context.maximum_version = ssl.TLSVersion['TLSv' + tls['version'].replace('.', '_')]
    return kind(timeout=20, encoding=p['encoding'], context=context)

ftp = client()
ftp.connect(p['host'], p['port'])
ftp.login(p['user'], p['password'])
if tls is not None and tls['data'] == 'P':
    ftp.prot_p()
ftp.set_pasv(p['passive'])
if p['mode'] == 'EPSV':
    ftp.makepasv = lambda: ftplib.parse229(ftp.sendcmd('EPSV'), ftp.sock.getpeername())
elif p['mode'] == 'EPRT':
    ftp.sendport = ftp.sendeprt

def lines(command):
    ftp.retrlines(command, print)

def get(start):
    with open(p['local'], 'ab' if start else 'wb') as file:
        ftp.retrbinary('RETR ' + remote, file.write, rest=start or None)

def put(verb, start=0):
    with open(p['local'], 'rb') as file:
        file.seek(start)
        ftp.storbinary(verb + ' ' + remote, file, rest=start or None)

def mlsd():
    for name, facts in ftp.mlsd(remote):
        print(name)

def resume_put():
    ftp.voidcmd('TYPE I')
    put('STOR', ftp.size(remote))

{
    'list': lambda: lines(('LIST ' + remote).strip()),
    'nlst': lambda: lines(('NLST ' + remote).strip()),
    'mlsd': mlsd,
    'get': lambda: get(0),
    'resumeGet': lambda: get(os.path.getsize(p['local'])),
    'put': lambda: put('STOR'),
    'append': lambda: put('APPE'),
    'resumePut': resume_put,
    'delete': lambda: ftp.delete(remote),
    'rename': lambda: ftp.rename(remote, p['to']),
    'mkdir': lambda: ftp.mkd(remote),
}[p['operation']]()
ftp.quit()
`;

/** Python's ftplib as it comes: PASV; with TLS it resumes no session, and without PROT P data stays clear. */
export function pythonFtplib(endpoint: Endpoint, mode: DataCommand = 'PASV'): FtpClientUnderTest {
  return ftplib('ftplib', endpoint, mode, false);
}

/** The same with data connections that resume the TLS session of the control connection. */
export function resumingFtplib(endpoint: Endpoint, mode: DataCommand = 'PASV'): FtpClientUnderTest {
  return ftplib('ftplib, resuming', endpoint, mode, true);
}

function ftplib(
  name: string,
  endpoint: Endpoint,
  mode: DataCommand,
  resumes: boolean,
): FtpClientUnderTest {
  const passive = !isActive(mode);
  const run = (
    operation: Operation,
    remote: RemotePath,
    more: { local?: string; to?: RemotePath } = {},
  ): Promise<ProgramResult> => {
    const { text, charset } = pathText(remote);
    const to = more.to === undefined ? undefined : pathText(more.to).text;
    const { tls = null, ...account } = endpoint;
    const names = { remote: text, encoding: charset, local: more.local, to };
    const task = { ...account, tls, resumes, mode, passive, operation, ...names };
    return runClient('/usr/bin/python3', ['-', JSON.stringify(task)], { stdin: PROGRAM });
  };
  return defineClient(name, {
    list: (dir) => run('list', dir),
    nlst: (dir) => run('nlst', dir),
    mlsd: (dir) => run('mlsd', dir),
    get: (remote, local) => run('get', remote, { local }),
    put: (local, remote) => run('put', remote, { local }),
    append: (local, remote) => run('append', remote, { local }),
    resumeGet: (remote, local) => run('resumeGet', remote, { local }),
    resumePut: (local, remote) => run('resumePut', remote, { local }),
    delete: (remote) => run('delete', remote),
    rename: (from, to) => run('rename', from, { to }),
    mkdir: (dir) => run('mkdir', dir),
  });
}
