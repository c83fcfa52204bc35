import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { chown, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ensureDebianPackages } from '../support/debian.ts';
import { gangwayFor, type GangwayInFront } from '../support/gangway.ts';
import type { RawClient } from '../support/raw-client.ts';
import { PROTECTIONS, relayTls } from '../support/relay-tls.ts';
import { REAL_SERVERS, type RealServer, type ServerName } from '../support/servers/index.ts';

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');

/** ABOR as it arrives: urgent data loses its last byte on the way. */
const WIRE_FORMS: Readonly<Record<string, Buffer>> = {
  'as text': Buffer.from('ABOR\r\n'),
  'as Python sends it, without its LF': Buffer.from('ABOR\r'),
  'as lftp sends it': Buffer.from('\xff\xf4\xffABOR\r\n', 'latin1'),
  'as Net::FTP sends it': Buffer.from('\xff\xf4\xf2ABOR\r\n', 'latin1'),
};
const tls = await relayTls();
const LARGE = 64 * 1024 * 1024;

for (const name of Object.keys(REAL_SERVERS) as ServerName[]) {
  describe(`case 64: ABOR to ${name}`, { skip, concurrency: false }, () => {
    let server: RealServer;
    let gangway: GangwayInFront;
    before(async () => {
      server = await REAL_SERVERS[name]();
      gangway = await gangwayFor(server, { flags: tls.flags });
      for (const [file, size] of [
        ['large', LARGE],
        ['small', 10],
      ] as const) {
        const path = join(server.home, file);
        await writeFile(path, '');
        await truncate(path, size);
        await chown(path, server.owner.uid, server.owner.gid);
      }
    });
    after(async () => {
      await gangway?.close();
      await server?.stop();
    });
    /** Two replies to a transfer and its ABOR, none shifted to the next command. */
    const aborted = async (client: RawClient): Promise<void> => {
      const first = await client.reply();
      assert.ok([426, 451].includes(first.code), `${first.code} to the transfer`);
      const second = await client.reply();
      assert.ok([225, 226].includes(second.code), `${second.code} to ABOR`);
      await client.ask('NOOP', 200);
      await client.ask('TYPE I', 200);
      assert.equal((await client.download('RETR small')).length, 10);
      await client.quit();
    };

    for (const protection of PROTECTIONS) {
      const login = (): Promise<RawClient> => {
        const { user, password } = server;
        const at = { host: gangway.host, port: gangway.port, user, password };
        return tls.login[protection](at);
      };

      for (const [form, bytes] of Object.entries(WIRE_FORMS)) {
        it(`${protection}, ${form}, in a download whose client has stopped reading`, async () => {
          const client = await login();
          await client.ask('TYPE I', 200);
          const data = client.protect(await client.openData());
          client.send('RETR large\r\n');
          const begun = await client.reply();
          assert.ok([125, 150].includes(begun.code));
          client.send(bytes);
          await aborted(client);
          data.end();
        });
      }

      it(`${protection}, in an upload`, async () => {
        const client = await login();
        await client.ask('TYPE I', 200);
        const data = client.protect(await client.openData());
        client.send('STOR up\r\n');
        const begun = await client.reply();
        assert.ok([125, 150].includes(begun.code));
        data.send(Buffer.alloc(100_000));
        client.send('ABOR\r\n');
        await aborted(client);
      });

      it(`${protection}, without a transfer`, async () => {
        const client = await login();
        client.send('ABOR\r\n');
        const answer = await client.reply();
        assert.ok([225, 226].includes(answer.code), String(answer.code));
        await client.ask('NOOP', 200);
        await client.quit();
      });
    }
  });
}
