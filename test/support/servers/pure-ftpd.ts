import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TEST_ACCOUNT, TEST_PASSWORD_HASH, unpackedLibraries, unpackedPackage } from '../debian.ts';
import { runProgram } from '../program.ts';
import { startServer } from './real-server.ts';
import type { RealServer, ServerOptions } from './real-server.ts';
import { onlyExplicit, versionLimit, type ServerTls } from './server-tls.ts';

/**
 * Starts Debian's Pure-FTPd with the arguments Debian's wrapper makes of /etc/pure-ftpd/conf
 * (AltLog, MinUID, NoAnonymous, TLSCipherSuite) and one virtual user. It allows writing anyway.
 */
export function startPureFtpd(options: ServerOptions = {}): Promise<RealServer> {
  return startServer('pure-ftpd', options, async (place) => {
    const passwd = join(place.folder, 'passwd');
    const database = join(place.folder, 'passwd.pdb');
    const { uid, gid } = place.owner;
    const limits = ':'.repeat(12);
    const account = `${TEST_ACCOUNT}:${TEST_PASSWORD_HASH}:${uid}:${gid}::${place.home}/./${limits}\n`;
    await writeFile(passwd, account, { mode: 0o600 });
    const env = { LD_LIBRARY_PATH: await unpackedLibraries() };
    const purePw = join(unpackedPackage('pure-ftpd'), 'usr/bin/pure-pw');
    const made = await runProgram(purePw, ['mkdb', database, '-f', passwd], { env });
    if (made.status !== 0) throw new Error(`pure-pw mkdb: ${made.stderr.toString()}`);
    const debian = ['-u', '1000', '-E', '-J', 'HIGH'];
    const tls = place.tls === undefined ? [] : tlsArguments(place.tls);
    const log = `clf:${join(place.folder, 'transfer.log')}`;
    const own = ['-l', `puredb:${database}`, '-O', log, '-g', join(place.folder, 'pid')];
    return {
      command: join(unpackedPackage('pure-ftpd'), 'usr/sbin/pure-ftpd'),
      args: [...debian, ...own, ...tls, '-S', `${place.host},${place.port}`, ...place.config],
      env: { ...env, ...(await versionLimit(place)) },
      logFiles: ['transfer.log'],
    };
  });
}

function tlsArguments(tls: ServerTls): string[] {
  onlyExplicit('Pure-FTPd', tls);
  return ['-2', tls.issued.bothFile, '-Y', tls.mode === 'optional' ? '1' : '3'];
}
