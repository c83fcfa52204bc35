import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { testAuthority } from '../support/certificates.ts';
import type { DataCommand } from '../support/clients/index.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import { gangwayFor, runGangway, type GangwayInFront } from '../support/gangway.ts';
import { RawClient } from '../support/raw-client.ts';
import { REAL_SERVERS, type RealServer } from '../support/servers/index.ts';
import { TLS_LINES, type TlsServerName, type TlsSetting } from './tls-configurations.ts';

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');

const TRANSFERS = 10;
/** More than one TLS record, and no multiple of one. */
const CONTENTS = randomBytes(300_001);

const SETTINGS: readonly (readonly [TlsServerName, TlsSetting])[] = [
  ['vsftpd', 'optional'],
  ['vsftpd', 'reuse-required'],
  ['proftpd', 'required'],
  ['proftpd', 'reuse-required'],
  ['pure-ftpd', 'optional'],
  ['pure-ftpd', 'required'],
];

const authority = await testAuthority();

/** Starts the programs with a Node that goes no further than this version of TLS. */
async function limitedTo<T>(version: string, start: () => Promise<T>): Promise<T> {
  const before = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = `${before ?? ''} --tls-max-v${version}`;
  try {
    return await start();
  } finally {
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
  }
}

for (const [name, setting] of SETTINGS) {
  for (const version of ['1.2', '1.3']) {
    describe(`${name}, TLS ${setting}, over TLS ${version}`, { skip, concurrency: false }, () => {
      let server: RealServer;
      let gangway: GangwayInFront;
      before(async () => {
        const issued = await authority.issue({ names: ['ftp.test'] });
        server = await REAL_SERVERS[name]({ config: await TLS_LINES[name](setting, issued) });
        const agentFlags = [
          '--server-tls=explicit',
          `--server-ca=${authority.caFile}`,
          '--server-name=ftp.test',
          '--log-level=debug',
        ];
        gangway = await limitedTo(version, () => gangwayFor(server, { agentFlags }));
      });
      after(async () => {
        await gangway?.close();
        await server?.stop();
      });

      async function login(): Promise<RawClient> {
        const { host, port } = gangway;
        const client = await RawClient.login({ ...server, host, port });
        await client.ask('TYPE I', 200);
        return client;
      }

      async function upAndDown(client: RawClient, file: string, mode: DataCommand): Promise<void> {
        await client.upload(`STOR ${file}`, CONTENTS, mode);
        assert.deepEqual(await readFile(join(server.home, file)), CONTENTS);
        assert.deepEqual(await client.download(`RETR ${file}`, mode), CONTENTS);
      }

      it('case 10, case 91: ten transfers each way, one after the other', async () => {
        const client = await login();
        for (let each = 0; each < TRANSFERS; each += 1) {
          await upAndDown(client, `serial-${each}`, each % 2 === 0 ? 'EPSV' : 'PASV');
        }
        assert.match((await client.download('LIST')).toString(), /serial-9/);
        await client.quit();
        await gangway.agent.waitFor('control-closed');
        const events = gangway.agent.events();
        const secured = events.filter(({ event }) => event === 'data-secured');
        assert.equal(secured.length, 2 * TRANSFERS + 1);
        for (const { tls } of secured) assert.equal(tls, `TLSv${version}`);
        // Pure-FTPd, which never demands it, gives no tickets in TLS 1.3.
        const able = secured.filter(() => name !== 'pure-ftpd' || version === '1.2');
        for (const { resumed } of able) assert.equal(resumed, true);
      });

      it('case 91: ten sessions with a transfer each way at once', async () => {
        const clients = await Promise.all(Array.from({ length: TRANSFERS }, login));
        await Promise.all(
          clients.map((client, each) => upAndDown(client, `parallel-${each}`, 'EPSV')),
        );
        for (const client of clients) await client.quit();
      });

      it('case 15, case 16, case 18: nothing sent, nothing received, and nothing to receive', async () => {
        const client = await login();
        // Its end may come before the handshake, in it, or after it.
        for (let each = 0; each < TRANSFERS; each += 1) {
          await client.upload('STOR nothing', Buffer.alloc(0));
        }
        assert.deepEqual(await client.download('RETR nothing'), Buffer.alloc(0));
        const data = await client.openData();
        await client.ask('RETR there-is-no-such-file', 550);
        data.socket.destroy();
        await upAndDown(client, 'after-the-refusal', 'EPSV');
        await client.quit();
        assert.deepEqual((await gangway.agent.counts()).streams, 1, 'the link stream alone');
      });

      it('case 52: a client in active mode, and a server in active mode', async () => {
        const args = ['tunnel', 'update', 'ftp', '--data-dir', gangway.relay.dataDir];
        const client = await login();
        await upAndDown(client, 'active-client', 'PORT');
        await client.quit();
        const { status, output } = await runGangway([...args, '--server-mode', 'active']);
        assert.equal(status, 0, output);
        const other = await login();
        await upAndDown(other, 'active-server', 'EPSV');
        await upAndDown(other, 'both-active', 'EPRT');
        await other.quit();
      });
    });
  }
}
