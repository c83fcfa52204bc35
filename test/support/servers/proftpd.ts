import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TEST_ACCOUNT, TEST_PASSWORD_HASH, unpackedLibraries, unpackedPackage } from '../debian.ts';
import { startServer } from './real-server.ts';
import type { RealServer, ServerOptions, ServerPlace } from './real-server.ts';

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
    await writeFile(file, [debian, ...ownLines(place), ...place.config, ''].join('\n'));
    return {
      command: join(root, 'usr/sbin/proftpd'),
      args: ['--nodaemon', '--config', file],
      env: { LD_LIBRARY_PATH: await unpackedLibraries() },
      logFiles: ['proftpd.log', 'xferlog'],
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
