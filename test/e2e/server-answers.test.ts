import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { chown, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Reply } from '../../shared/ftp/reply.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import { grows } from '../support/grows.ts';
import { gangwayFor, type GangwayInFront } from '../support/gangway.ts';
import { RawClient, type Address } from '../support/raw-client.ts';
import { REAL_SERVERS, type RealServer, type ServerName } from '../support/servers/index.ts';
import type { WatchedSocket } from '../support/watched-socket.ts';

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');

const LARGE = 64 * 1024 * 1024;
const CONTENTS = Buffer.from('0123456789');

/** Names a gateway could be tempted to change. In UTF-8, and not with a blank first: some servers want that. */
const NAMES = ['a b', '-la', '|cmd', 'a"b', 'Grüße-文件', "it's", 'a;b$(c)', '%41', '#~'];

/** Lines of one session before and after its login, which the gateway is to pass on as they are. */
const BEFORE_LOGIN = ['HOST ftp.example', 'HOST other.example', 'SYST', 'STAT', 'FOO bar', 'PWD'];
const AFTER_LOGIN = [
  'HOST ftp.example',
  'ACCT a',
  'SYST',
  'TYPE I',
  'TYPE A',
  'TYPE E',
  'MODE S',
  'MODE B',
  'STRU F',
  'STRU R',
  'ALLO 1000',
  'ALLO',
  'SITE HELP',
  'SITE NOSUCH x',
  'SITE CHMOD 644 file',
  'OPTS UTF8 ON',
  'OPTS NOSUCH',
  'CLNT Gangway',
  'LANG en',
  'CSID Name=x;',
  'PRET LIST',
  'AVBL /',
  'HASH file',
  'XCRC file',
  'COMB a b',
  'RANG 0 1',
  'SIZE file',
  'SIZE missing',
  'MFMT 20200101000000 file',
  'MDTM file',
  'REST 5',
  'REST 0',
  'RNFR missing',
  'RNTO b',
  'CWD missing',
  'CDUP',
  'XPWD',
  'HELP',
  'NOOP',
  'noop',
  'ABOR',
  'STOR',
  'RETR',
  'SMNT /',
];

const textOf = ({ lines }: Reply): string =>
  lines.map((line) => line.toString('latin1')).join('\n');

for (const name of Object.keys(REAL_SERVERS) as ServerName[]) {
  describe(`the answers of ${name}`, { skip, concurrency: false }, () => {
    let server: RealServer;
    let gangway: GangwayInFront;
    before(async () => {
      server = await REAL_SERVERS[name]();
      gangway = await gangwayFor(server);
      await writeFile(join(server.home, 'file'), CONTENTS);
      await writeFile(join(server.home, 'large'), '');
      await truncate(join(server.home, 'large'), LARGE);
      await mkdir(join(server.home, 'stou'));
      for (const each of ['file', 'large', 'stou']) {
        await chown(join(server.home, each), server.owner.uid, server.owner.gid);
      }
    });
    after(async () => {
      await gangway?.close();
      await server?.stop();
    });
    const account = (at: Address): Address & { user: string; password: string } => {
      const { user, password } = server;
      return { host: at.host, port: at.port, user, password };
    };
    const login = async (at: Address = gangway): Promise<RawClient> => {
      const client = await RawClient.login(account(at));
      await client.ask('TYPE I', 200);
      return client;
    };
    /** What is answered to these lines, one after the other. */
    const answers = async (client: RawClient, lines: readonly string[]): Promise<string[]> => {
      const got: string[] = [];
      for (const line of lines) {
        client.send(`${line}\r\n`);
        got.push(`${line} > ${steady(textOf(await client.reply()))}`);
      }
      return got;
    };
    /** The same conversation with the server itself and through the gateway. */
    const sameAsDirect = async (talk: (at: Address) => Promise<unknown>): Promise<void> => {
      const direct = await talk(server);
      assert.deepEqual(await talk(gangway), direct);
    };
    /** A transfer in its middle. */
    const middle = async (
      verb: 'RETR' | 'STOR',
    ): Promise<{ client: RawClient; data: WatchedSocket }> => {
      const client = await login();
      const data = await client.openData();
      client.send(`${verb} ${verb === 'RETR' ? 'large' : 'up'}\r\n`);
      const { code } = await client.reply();
      assert.ok(code === 150 || code === 125, String(code));
      if (verb === 'STOR') data.send(CONTENTS);
      else await data.until(() => data.bytes > 0, 'the first bytes');
      return { client, data };
    };

    it('case 73, case 77: are the same through Gangway, before the login and after it', async () => {
      await sameAsDirect(async (at) => {
        const client = await RawClient.connect(at);
        const greeting = steady(textOf(await client.reply()));
        const early = await answers(client, BEFORE_LOGIN);
        gone(client);
        const late = await login(at);
        const rest = await answers(late, AFTER_LOGIN);
        gone(late);
        return [greeting, ...early, ...rest];
      });
    });

    it('case 75: a wrong password is answered by the server, in its own time', async () => {
      const wrong = async (at: Address): Promise<string[]> => {
        const client = await RawClient.connect(at);
        await client.expect(220);
        const got = await answers(client, [`USER ${server.user}`, 'PASS wrong']);
        gone(client);
        return got;
      };
      const [direct, through] = await Promise.all([wrong(server), wrong(gangway)]);
      assert.deepEqual(through, direct);
    });

    it('case 72: REIN is answered as by the server, and the session goes on or begins anew', async () => {
      await sameAsDirect(async (at) => {
        const client = await login(at);
        const { user, password } = server;
        const got = await answers(client, [
          'REIN',
          'PWD',
          `USER ${user}`,
          `PASS ${password}`,
          'NOOP',
        ]);
        gone(client);
        return got;
      });
    });

    it('case 72: REIN during a download lets it finish, and no answer is shifted', async () => {
      const { client, data } = await middle('RETR');
      client.send('REIN\r\n');
      assert.equal(await data.outcome, 'fin');
      assert.equal(data.bytes, LARGE);
      data.end();
      const codes = [(await client.reply()).code, (await client.reply()).code];
      assert.ok(codes.includes(226), codes.join(' and '));
      client.send('SYST\r\n');
      const { code } = await client.reply();
      assert.ok([215, 530, 503].includes(code), `${code} to SYST`);
      gone(client);
    });

    it('case 68: NOOP and STAT during a download are answered, and 226 stays with it', async () => {
      const { client, data } = await middle('RETR');
      client.send('NOOP\r\nSTAT\r\n');
      assert.equal(await data.outcome, 'fin');
      data.end();
      const codes: number[] = [];
      // pure-ftpd swallows a command now and then; what comes in any case is 226 and an answer to PWD.
      client.send('PWD\r\n');
      while (codes.at(-1) !== 257) codes.push((await client.reply()).code);
      assert.equal(codes.filter((code) => code === 226).length, 1, codes.join(' '));
      const others = codes.filter((code) => ![226, 257].includes(code));
      assert.ok(
        others.every((code) => [200, 211, 221, 500].includes(code)),
        codes.join(' '),
      );
      assert.deepEqual(await client.download('RETR file'), CONTENTS);
      await client.quit();
    });

    it('case 68: SIZE and CWD during an upload, answered at once or after it, leave it whole', async () => {
      const { client, data } = await middle('STOR');
      client.send('SIZE missing\r\nCWD /\r\n');
      data.send(CONTENTS);
      data.end();
      const codes: number[] = [];
      while (codes.at(-1) !== 226) codes.push((await client.reply()).code);
      client.send('PWD\r\n');
      while (codes.at(-1) !== 257) codes.push((await client.reply()).code);
      // pure-ftpd answers 500 in a transfer, and one of two commands not at all; after it as the others.
      const said = codes.includes(550) || (name === 'pure-ftpd' && codes.includes(500));
      assert.ok(said, codes.join(' '));
      assert.equal((await stat(join(server.home, 'up'))).size, 2 * CONTENTS.length);
      data.socket.destroy();
      gone(client);
    });

    it('case 69: QUIT during an upload: a final word of it and 221, then the end', async () => {
      const { client, data } = await middle('STOR');
      client.send('QUIT\r\n');
      data.end();
      const { code } = await client.reply();
      assert.ok([226, 250, 426, 451].includes(code), String(code));
      // pure-ftpd that broke the upload off says 451 of QUIT and waits for more, directly too.
      const second = await client.reply();
      assert.ok(second.code === 221 || name === 'pure-ftpd', textOf(second));
      if (second.code === 221) assert.equal(await client.control.outcome, 'fin');
      gone(client);
    });

    it('case 71: a session in one packet, then FIN: every reply comes', async () => {
      const client = await RawClient.connect(gangway);
      const { user, password } = server;
      client.send(`USER ${user}\r\nPASS ${password}\r\nPWD\r\nEPSV\r\nNOOP\r\nQUIT\r\n`);
      client.control.end();
      for (const code of [220, 331, 230, 257, 229, 200, 221]) await client.expect(code);
      assert.equal(await client.control.outcome, 'fin');
    });

    it('case 64: ABOR after PASV is answered, and the next transfer works', async () => {
      const client = await login();
      await client.passive();
      client.send('ABOR\r\n');
      const { code } = await client.reply();
      assert.ok([225, 226].includes(code), String(code));
      assert.deepEqual(await client.download('RETR file'), CONTENTS);
      await client.quit();
    });

    it('case 66: ABOR twice in one packet during a download: no later answer is shifted', async () => {
      const { client, data } = await middle('RETR');
      client.send('ABOR\r\nABOR\r\nPWD\r\n');
      const codes: number[] = [];
      while (codes.at(-1) !== 257) codes.push((await client.reply()).code);
      assert.ok([426, 451].includes(codes[0] ?? 0), codes.join(' '));
      assert.equal(codes.length, 4, codes.join(' '));
      data.socket.destroy();
      assert.deepEqual(await client.download('RETR file'), CONTENTS);
      await client.quit();
    });

    it('case 49: EPSV with arguments is answered by the gateway, whatever the server would say', async () => {
      const client = await login();
      await client.ask('EPSV 1', 229);
      await client.ask('EPSV 2', 522);
      await client.ask('EPSV 9', 522);
      await client.ask('epsv', 229);
      await client.ask('EPSV x', 501);
      assert.deepEqual(await client.download('RETR file'), CONTENTS);
      await client.quit();
    });

    it('case 48: after EPSV ALL only EPSV serves, and it does', async () => {
      const client = await login();
      await client.ask('EPSV ALL', 200);
      await client.ask('PASV', 503);
      await client.ask('PORT 127,0,0,1,200,10', 503);
      await client.ask('EPRT |1|127.0.0.1|51210|', 503);
      assert.deepEqual(await client.download('RETR file'), CONTENTS);
      await client.quit();
    });

    it('case 21: STOU stores under a name the server tells', async () => {
      const client = await login();
      await client.ask('CWD stou', 250);
      const data = await client.openData();
      client.send('STOU\r\n');
      const first = await client.reply();
      if (first.code >= 500) {
        assert.ok([500, 502, 504].includes(first.code), textOf(first));
      } else {
        data.send(CONTENTS);
        data.end();
        await client.expect(226);
        const [stored = ''] = await readdir(join(server.home, 'stou'));
        assert.ok(stored !== '' && textOf(first).includes(stored), textOf(first));
        assert.deepEqual(await readFile(join(server.home, 'stou', stored)), CONTENTS);
      }
      data.socket.destroy();
      await client.quit();
    });

    it('case 76: odd names arrive as they are', async () => {
      const client = await login();
      for (const each of NAMES) {
        const wire = Buffer.from(each).toString('latin1');
        await client.upload(`STOR ${wire}`, CONTENTS);
        assert.equal((await stat(join(server.home, each))).size, CONTENTS.length, each);
        assert.deepEqual(await client.download(`RETR ${wire}`), CONTENTS, each);
        await client.ask(`DELE ${wire}`, 250);
      }
      await client.quit();
    });

    it('case 24, case 79: FEAT names what holds here, TLS as it is here; MODE Z is as on the server', async () => {
      const features = async (at: Address): Promise<string[]> => {
        const client = await login(at);
        const lines = (await client.ask('FEAT', 211)).split('\n');
        client.send('MODE Z\r\n');
        lines.push(`MODE Z > ${(await client.reply()).code}`);
        gone(client);
        return lines;
      };
      const direct = await features(server);
      const through = await features(gangway);
      const hidden = /^ (AUTH|PBSZ|PROT|CCC|SSCN|SPSV)/;
      const kept = direct.filter((line) => !hidden.test(line));
      const here = [' AUTH TLS', ' PBSZ', ' PROT', ' EPRT', ' EPSV', ' PASV'];
      const expected = [...new Set([...kept, ...here])].toSorted();
      assert.deepEqual(through.toSorted(), expected);
      assert.ok(through.slice(1, -2).every((line) => /^ \S/.test(line)));
    });

    it('case 70: a client that is gone in the middle of an upload leaves the server no whole file', async () => {
      const { client, data } = await middle('STOR');
      // Enough that a server which collects what it writes has written.
      data.send(Buffer.alloc(1024 * 1024));
      await grows(join(server.home, 'up'));
      const from = gangway.relay.events().length;
      client.control.reset();
      assert.equal(await data.outcome, 'rst');
      const line = await gangway.relay.waitFor('session-closed', { from });
      assert.match(JSON.stringify(line), /client/);
    });

    it("case 83: the server's own idle time-out reaches the client before the end", async () => {
      if (name !== 'vsftpd') return;
      const impatient = await REAL_SERVERS.vsftpd({ config: ['idle_session_timeout=1'] });
      const front = await gangwayFor(impatient);
      const client = await RawClient.login({ ...account(front), user: impatient.user });
      await client.expect(421);
      assert.equal(await client.control.outcome, 'fin');
      gone(client);
      await front.close();
      await impatient.stop();
    });

    it('nothing is left of any of it', { timeout: 20_000 }, async () => {
      const { relay } = gangway;
      while ((await relay.counts()).sessions > 0) await delay(10);
      assert.ok((await relay.counts()).streams <= 1);
    });

    /** A session may be told what no other is: ports, times, ids, addresses and its own number. */
    function steady(text: string): string {
      return text
        .replaceAll(String(server.port), 'PORT')
        .replaceAll(/\b\d{1,2}:\d\d(?::\d\d)?\b/g, 'TIME')
        .replaceAll(/user number \d+ of/g, 'user number N of');
    }
  });
}

/** Without more ado: an orderly end would leave the session waiting for what pure-ftpd never answers. */
function gone(client: RawClient): void {
  client.control.reset();
}
