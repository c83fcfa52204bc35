import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { chown, mkdir, open, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ensureDebianPackages } from '../support/debian.ts';
import { grows } from '../support/grows.ts';
import { gangwayFor, type GangwayInFront } from '../support/gangway.ts';
import { dial, RawClient } from '../support/raw-client.ts';
import { REAL_SERVERS, type RealServer, type ServerName } from '../support/servers/index.ts';

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');

const FOUR_GIB = 4_294_967_296;
const TAIL = Buffer.from('the end of a large file');
const CONTENTS = Buffer.from('0123456789');

for (const name of Object.keys(REAL_SERVERS) as ServerName[]) {
  describe(`${name} through Gangway`, { skip, concurrency: false }, () => {
    let server: RealServer;
    let gangway: GangwayInFront;
    before(async () => {
      server = await REAL_SERVERS[name]();
      gangway = await gangwayFor(server);
      const { uid, gid } = server.owner;
      for (const file of ['file', 'overwritten', 'appended']) {
        await writeFile(join(server.home, file), CONTENTS);
        await chown(join(server.home, file), uid, gid);
      }
      await writeFile(join(server.home, 'zero'), '');
      await chown(join(server.home, 'zero'), uid, gid);
      await mkdir(join(server.home, 'empty'));
      await chown(join(server.home, 'empty'), uid, gid);
      await mkdir(join(server.home, 'forbidden'), { mode: 0o500 });
      for (const file of ['large', 'large-up']) {
        const path = join(server.home, file);
        await writeFile(path, '');
        await truncate(path, FOUR_GIB);
        if (file === 'large') await writeFile(path, TAIL, { flag: 'a' });
        await chown(path, uid, gid);
      }
    });
    after(async () => {
      await gangway?.close();
      await server?.stop();
    });

    const login = (): Promise<RawClient> => {
      const { host, port } = gangway;
      return RawClient.login({ host, port, user: server.user, password: server.password });
    };

    it('case 12, case 15, case 17: 0 bytes, an empty directory, 226 without delay', async () => {
      const client = await login();
      const started = performance.now();
      await client.ask('TYPE I', 200);
      assert.deepEqual(await client.download('RETR zero'), Buffer.alloc(0));
      // Pure-FTPd names the directory itself and the one above.
      const names = (await client.download('NLST empty')).toString().split('\r\n');
      assert.deepEqual(
        names.filter((each) => each !== '' && !each.endsWith('.')),
        [],
      );
      // ProFTPD would withhold 226 for 10 s if the end of the data were not returned to it.
      assert.ok(performance.now() - started < 5000);
      await client.quit();
    });

    it('case 16: an upload of 0 bytes leaves a file of 0 bytes', async () => {
      const client = await login();
      await client.ask('TYPE I', 200);
      await client.upload('STOR nothing', Buffer.alloc(0));
      assert.equal((await stat(join(server.home, 'nothing'))).size, 0);
      await client.quit();
    });

    it('case 19: offsets beyond 4 GiB are exact in both directions', async () => {
      const client = await login();
      await client.ask('TYPE I', 200);
      await client.ask(`REST ${FOUR_GIB}`, 350);
      assert.deepEqual(await client.download('RETR large'), TAIL);
      await client.ask(`REST ${FOUR_GIB}`, 350);
      await client.upload('STOR large-up', TAIL);
      const path = join(server.home, 'large-up');
      assert.equal((await stat(path)).size, FOUR_GIB + TAIL.length);
      const file = await open(path);
      const { buffer } = await file.read(Buffer.alloc(TAIL.length), 0, TAIL.length, FOUR_GIB);
      await file.close();
      assert.deepEqual(buffer, TAIL);
      await client.quit();
    });

    it('case 20: REST before and after PASV keeps its offset', async () => {
      const client = await login();
      await client.ask('TYPE I', 200);
      await client.ask('REST 4', 350);
      assert.equal((await client.download('RETR file')).toString(), '456789');
      const data = await client.openData();
      await client.ask('REST 7', 350);
      client.send('RETR file\r\n');
      assert.ok([125, 150].includes((await client.reply()).code));
      assert.equal(await data.outcome, 'fin');
      assert.equal(data.received.toString(), '789');
      data.end();
      await client.expect(226);
      await client.quit();
    });

    it('case 21: APPE appends', async () => {
      const client = await login();
      await client.ask('TYPE I', 200);
      await client.upload('APPE appended', Buffer.from('abc'));
      assert.equal((await readFile(join(server.home, 'appended'))).toString(), '0123456789abc');
      await client.quit();
    });

    it('case 22: an upload to a forbidden path: 55x, and the next transfer works', async () => {
      const client = await login();
      await client.ask('TYPE I', 200);
      const data = await client.openData();
      client.send('STOR forbidden/file\r\n');
      const { code } = await client.reply();
      assert.ok(code === 550 || code === 553, String(code));
      data.end();
      assert.deepEqual(await client.download('RETR file'), CONTENTS);
      await client.quit();
    });

    it('case 31: after a second PASV the first port serves nobody', async () => {
      const client = await login();
      await client.ask('TYPE I', 200);
      const first = await client.passive();
      assert.deepEqual(await client.download('RETR file'), CONTENTS);
      assert.equal(await (await dial(first)).outcome, 'rst');
      await client.quit();
    });

    it('case 39: RETR again after 550 without a new PASV, where the server allows it', async () => {
      const client = await login();
      await client.ask('TYPE I', 200);
      const data = await client.openData();
      await client.ask('RETR missing', 550);
      client.send('RETR file\r\n');
      const { code } = await client.reply();
      if (code === 425) assert.equal(name, 'proftpd');
      else {
        assert.ok(code === 150 || code === 125, String(code));
        assert.equal(await data.outcome, 'fin');
        assert.deepEqual(data.received, CONTENTS);
        data.end();
        await client.expect(226);
      }
      assert.deepEqual(await client.download('RETR file'), CONTENTS);
      await client.quit();
    });

    it("case 40: a transfer without PASV gets the server's answer", async () => {
      const client = await login();
      client.send('RETR file\r\n');
      const { code } = await client.reply();
      assert.ok([425, 150].includes(code), String(code));
      client.close();
    });

    it('case 3, case 6: a broken upload never ends with 226', async () => {
      const client = await login();
      await client.ask('TYPE I', 200);
      const data = await client.openData();
      client.send('STOR broken\r\n');
      assert.ok([125, 150].includes((await client.reply()).code));
      data.send(Buffer.alloc(1024 * 1024));
      // Before the server has accepted, a reset is lost on pyftpdlib: it goes on waiting.
      await grows(join(server.home, 'broken'));
      data.reset();
      const { code } = await client.reply();
      assert.ok([426, 451].includes(code), String(code));
      assert.deepEqual(await client.download('RETR file'), CONTENTS);
      await client.quit();
    });

    it('case 60, case 61: a download given up by reset: 426, and later replies are not shifted', async () => {
      const client = await login();
      await client.ask('TYPE I', 200);
      const data = await client.openData();
      client.send('RETR large\r\n');
      assert.ok([125, 150].includes((await client.reply()).code));
      await data.until(() => data.bytes > 0, 'the first bytes');
      data.reset();
      const { code } = await client.reply();
      assert.ok([426, 451].includes(code), String(code));
      assert.match(await client.ask('PWD', 257), /"\//);
      assert.deepEqual(await client.download('RETR file'), CONTENTS);
      await client.quit();
    });
  });
}
