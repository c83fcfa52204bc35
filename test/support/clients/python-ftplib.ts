import { defineClient, isActive, pathText, runClient } from './client.ts';
import type { DataCommand, Endpoint, FtpClientUnderTest, Operation, RemotePath } from './client.ts';
import type { ProgramResult } from '../program.ts';

/**
 * One operation with Python's own FTP library; its parameters are the one argument, as JSON. The
 * library takes EPSV and EPRT over IPv6 only; where it is to use them over IPv4, with functions of its own.
 */
const PROGRAM = `
import ftplib, json, os, sys
p = json.loads(sys.argv[1])
remote = p['remote']
ftp = ftplib.FTP(timeout=20, encoding=p['encoding'])
ftp.connect(p['host'], p['port'])
ftp.login(p['user'], p['password'])
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

/** Python's ftplib as it comes: PASV. */
export function pythonFtplib(endpoint: Endpoint, mode: DataCommand = 'PASV'): FtpClientUnderTest {
  const passive = !isActive(mode);
  const run = (
    operation: Operation,
    remote: RemotePath,
    more: { local?: string; to?: RemotePath } = {},
  ): Promise<ProgramResult> => {
    const { text, charset } = pathText(remote);
    const to = more.to === undefined ? undefined : pathText(more.to).text;
    const { host, port, user, password } = endpoint;
    const account = { host, port, user, password };
    const names = { remote: text, encoding: charset, local: more.local, to };
    const task = { ...account, mode, passive, operation, ...names };
    return runClient('/usr/bin/python3', ['-', JSON.stringify(task)], { stdin: PROGRAM });
  };
  return defineClient('ftplib', {
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
