import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { chown, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { testAuthority } from '../support/certificates.ts';
import type { DataCommand } from '../support/clients/index.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import { gangwayFor, updateTunnel, type GangwayInFront } from '../support/gangway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { relayTls } from '../support/relay-tls.ts';
import { REAL_SERVERS, type RealServer, type ServerName } from '../support/servers/index.ts';

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');

/** More than one TLS record, and no multiple of one. */
const SAMPLE = randomBytes(50_001);
const SERVERS: readonly (readonly [ServerName, 'none' | 'explicit'])[] = [
  ['proftpd', 'none'],
  ['proftpd', 'explicit'],
  ['vsftpd', 'explicit'],
];
/** What the relay logs of a data connection to the server, by the mode that it is told to use. */
const SERVER_WAYS = { epsv: 'EPSV', pasv: 'PASV', active: 'active' } as const;
/** How a client asks for its data connection, and from where. */
const CLIENT_WAYS: readonly (readonly [DataCommand, '127.0.0.1' | '::1'])[] = [
  ['PASV', '127.0.0.1'],
  ['PORT', '127.0.0.1'],
  ['EPSV', '::1'],
  ['EPRT', '::1'],
];
/** vsftpd knows no MLSD. */
const WITHOUT_MLSD: ReadonlySet<ServerName> = new Set(['vsftpd']);

const tls = await relayTls();
const authority = await testAuthority();

for (const [name, serverTls] of SERVERS) {
  describe(`a client with TLS, ${name} with TLS ${serverTls}`, { skip, concurrency: false }, () => {
    let server: RealServer;
    let gangway: GangwayInFront;
    before(async () => {
      const issued = await authority.issue({ names: ['ftp.test'] });
      const verified = [`--server-ca=${authority.caFile}`, '--server-name=ftp.test'];
      const isTls = serverTls === 'explicit';
      server = await REAL_SERVERS[name](
        isTls ? { tls: { issued, mode: 'required', reuse: 'required' } } : {},
      );
      await writeFile(join(server.home, 'sample'), SAMPLE);
      await chown(join(server.home, 'sample'), server.owner.uid, server.owner.gid);
      gangway = await gangwayFor(server, {
        flags: [...tls.flags, '--listen-host=::', '--log-level=debug'],
        agentFlags: isTls ? ['--server-tls=explicit', ...verified] : [],
      });
    });
    after(async () => {
      await gangway?.close();
      await server?.stop();
    });

    /** In the server's folder, which holds the sample alone. */
    async function login(host: string): Promise<RawClient> {
      for (const file of await readdir(server.home)) {
        if (file !== 'sample') await rm(join(server.home, file));
      }
      const { user, password } = server;
      const client = await tls.login['under TLS']({ host, port: gangway.port, user, password });
      await client.ask('TYPE I', 200);
      return client;
    }

    for (const [mode, way] of Object.entries(SERVER_WAYS)) {
      describe(`server mode ${mode}`, () => {
        before(() => updateTunnel(gangway.relay, ['--server-mode', mode]));

        for (const [verb, host] of CLIENT_WAYS) {
          for (const level of ['C', 'P']) {
            it(`case 50, case 51, case 52: ${verb} from ${host}, PROT ${level}`, async () => {
              const from = gangway.relay.events().length;
              const client = await login(host);
              await client.ask(`PROT ${level}`, 200);
              if (level === 'C') client.protect = (data) => data;
              await everyTransfer(client, verb);
              await client.quit();
              await gangway.relay.waitFor('session-closed', { from });
              const events = gangway.relay.events().slice(from);
              const ways = events.filter(({ event }) => event === 'session-server-data');
              assert.ok(ways.length >= 5);
              for (const { serverWay } of ways) assert.equal(serverWay, way);
            });
          }
        }
      });
    }

    /** Each kind of transfer once. */
    async function everyTransfer(client: RawClient, verb: DataCommand): Promise<void> {
      const stored = (file: string): Promise<Buffer> => readFile(join(server.home, file));
      assert.match((await client.download('LIST', verb)).toString(), /\bsample\r\n/);
      if (!WITHOUT_MLSD.has(name)) {
        assert.match((await client.download('MLSD', verb)).toString(), /;size=50001;.* sample\r\n/);
      }
      assert.deepEqual(await client.download('RETR sample', verb), SAMPLE);
      await client.upload('STOR up', SAMPLE, verb);
      assert.deepEqual(await stored('up'), SAMPLE);
      await client.upload('APPE up', Buffer.from('more'), verb);
      assert.deepEqual(await stored('up'), Buffer.concat([SAMPLE, Buffer.from('more')]));
      await client.upload('STOU', SAMPLE, verb);
      const unique = (await readdir(server.home)).filter(
        (file) => !['sample', 'up'].includes(file),
      );
      assert.equal(unique.length, 1, unique.join(' '));
      assert.deepEqual(await stored(unique[0] ?? ''), SAMPLE);
    }

    it('case 48, case 49: EPSV with arguments, and EPSV ALL, are what they are without TLS', async () => {
      const client = await login('127.0.0.1');
      await client.ask('EPSV 1', 229);
      await client.ask('EPSV 2', 522);
      await client.ask('EPSV 9', 522);
      await client.ask('EPSV ALL', 200);
      await client.ask('PASV', 503);
      await client.ask('EPRT |1|127.0.0.1|51210|', 503);
      assert.deepEqual(await client.download('RETR sample'), SAMPLE);
      await client.quit();
    });
  });
}
