import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TEST_ACCOUNT, TEST_PASSWORD_HASH, unpackedLibraries, unpackedPackage } from '../debian.ts';
import { startServer } from './real-server.ts';
import type { RealServer, ServerOptions, ServerPlace } from './real-server.ts';
import { versionLimit, type ServerTls } from './server-tls.ts';

/** Starts Debian's ProFTPD with Debian's proftpd.conf and modules.conf, and writing allowed where it is not anyway. */
export function startProftpd(options: ServerOptions = {}): Promise<RealServer> {
  return startServer('proftpd', options, async (place) => {
    const root = unpackedPackage('proftpd-core');
    const file = join(place.folder, 'proftpd.conf');
    await mkdir(join(place.folder, 'conf.d'));
    const { uid, gid } = place.owner;
    const account = `${TEST_ACCOUNT}:${TEST_PASSWORD_HASH}:${uid}:${gid}::${place.home}:/bin/sh\n`;
    await writeFile(join(place.folder, 'passwd'), account, { mode: 0o600 });
    await writeFile(join(place.folder, 'modules.conf'), await debianConfig(root, 'modules', place));
    const debian = await debianConfig(root, 'proftpd', place);
    const tls = place.tls === undefined ? [] : tlsLines(place.tls, place);
    await writeFile(file, [debian, ...ownLines(place), ...tls, ...place.config, ''].join('\n'));
    return {
      command: join(root, 'usr/sbin/proftpd'),
      args: ['--nodaemon', '--config', file],
      env: { LD_LIBRARY_PATH: await unpackedLibraries(), ...(await versionLimit(place)) },
      logFiles: ['proftpd.log', 'xferlog', 'tls.log'],
    };
  });
}

/** Debian's file with its paths led into the unpacked package and the server's folder. */
async function debianConfig(root: string, name: string, place: ServerPlace): Promise<string> {
  const text = await readFile(join(root, `usr/share/proftpd/templates/${name}.conf`), 'utf8');
  return text
    .replaceAll('/usr/lib/proftpd', join(root, 'usr/lib/proftpd'))
    .replaceAll('/etc/proftpd/', `${place.folder}/`)
    .replaceAll('/var/log/proftpd/', `${place.folder}/`)
    .replaceAll('/var/run/proftpd/', `${place.folder}/`)
    .replace(/^Port\s.*$/m, `Port ${place.port}`)
    .replace(/^User\s.*$/m, `User ${TEST_ACCOUNT}`)
    .replace(/^Group\s.*$/m, `Group ${TEST_ACCOUNT}`);
}

/** Sessions need be resumed unless it says otherwise. */
function tlsLines({ issued, mode, reuse }: ServerTls, place: ServerPlace): string[] {
  const options = [
    ...(mode === 'implicit' ? ['UseImplicitSSL'] : []),
    ...(reuse === 'required' ? [] : ['NoSessionReuseRequired']),
  ];
  return [
    // Its modules are in two packages here; each line holds for those that follow.
    `ModulePath ${join(unpackedPackage('proftpd-mod-crypto'), 'usr/lib/proftpd')}`,
    'LoadModule mod_tls.c',
    'TLSEngine on',
    `TLSLog ${join(place.folder, 'tls.log')}`,
    'TLSProtocol TLSv1.2 TLSv1.3',
    `TLSECCertificateFile ${issued.certFile}`,
    `TLSECCertificateKeyFile ${issued.keyFile}`,
    // Of the file above it takes the first certificate only.
    `TLSCertificateChainFile ${issued.certFile}`,
    `TLSRequired ${mode === 'optional' ? 'off' : 'on'}`,
    ...(options.length === 0 ? [] : [`TLSOptions ${options.join(' ')}`]),
  ];
}

function ownLines(place: ServerPlace): string[] {
  return [
    `DefaultAddress ${place.host}`,
    'SocketBindTight on',
    'AuthOrder mod_auth_file.c',
    `AuthUserFile ${join(place.folder, 'passwd')}`,
    // Writing: without it ProFTPD refuses APPE and STOR after REST.
    'AllowStoreRestart on',
    `ScoreboardFile ${join(place.folder, 'scoreboard')}`,
    `PidFile ${join(place.folder, 'pid')}`,
    `DelayTable ${join(place.folder, 'delay')}`,
    'WtmpLog off',
  ];
}
