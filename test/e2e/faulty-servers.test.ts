import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { after, before, beforeEach, describe, it } from 'node:test';
import { gangwayFor, type GangwayInFront } from '../support/gangway.ts';
import { reservePortBlock } from '../support/ports.ts';
import { dial, RawClient } from '../support/raw-client.ts';
import { ScriptedServer, type Handler, type ScriptedSession } from '../support/scripted-server.ts';

/** A reply whose bytes come in two packets, cut at `at`. The second goes when the first was taken. */
async function inPieces(session: ScriptedSession, text: string, at: number): Promise<void> {
  const bytes = Buffer.from(`${text}\r\n`, 'latin1');
  const { socket } = session.control;
  for (const part of [bytes.subarray(0, at), bytes.subarray(at)]) {
    if (part.length > 0) await new Promise((taken) => socket.write(part, taken));
  }
}

/** What a client reads of a server's FEAT with SIZE and a TLS of its own. */
const FEATURES = [
  '211-F',
  ' SIZE',
  ' AUTH TLS',
  ' PBSZ',
  ' PROT',
  ' EPRT',
  ' EPSV',
  ' PASV',
  '211 End',
].join('\n');

describe('servers that do it in their own way', () => {
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  before(async () => {
    server = await ScriptedServer.start();
  });
  beforeEach(async () => {
    server.script = {};
    // What was learnt of the server in one test must not help in the next.
    await gangway?.close();
    gangway = await gangwayFor(server);
  });
  after(async () => {
    await gangway?.close();
    await server?.close();
  });
  const refuses = (text: string): Handler => {
    return (session) => session.reply(text);
  };

  for (const refusal of ['500 unknown', '501 no', '502 not implemented', '522 use (1)']) {
    it(`case 46: EPSV answered with ${refusal}: every mode of the client is served by PASV`, async () => {
      server.script = { EPSV: refuses(refusal) };
      const next = server.next();
      const client = await RawClient.login(gangway);
      const session = await next;
      for (const verb of ['EPSV', 'PASV', 'EPSV'] as const) {
        const data = await dial(await client.passive(verb));
        await client.ask('RETR file', 150);
        assert.equal(await data.outcome, 'fin');
        data.end();
        await client.expect(226);
      }
      const asked = session.commands.filter((line) => line === 'EPSV');
      assert.equal(asked.length, 1, 'it is asked once');
      await client.quit();
    });
  }

  it('case 45: EPSV answered with 227: EPSV and PASV of the client are served', async () => {
    server.script = {
      EPSV: async (session) => {
        const port = await session.listen();
        session.reply(`227 Entering Passive Mode (127,0,0,1,${port >> 8},${port & 255})`);
      },
    };
    const client = await RawClient.login(gangway);
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    const data = await dial(await client.passive('PASV'));
    await client.ask('RETR file', 150);
    assert.equal(await data.outcome, 'fin');
    data.end();
    await client.expect(226);
    await client.quit();
  });

  it('a server with neither PASV nor EPSV: its refusal passes, and the session goes on', async () => {
    server.script = { EPSV: refuses('500 no EPSV'), PASV: refuses('502 PASV is switched off') };
    const client = await RawClient.login(gangway);
    const own = /^(500 no EPSV|502 PASV is switched off)$/;
    for (const verb of ['PASV', 'EPSV']) {
      client.send(`${verb}\r\n`);
      const [said] = (await client.reply()).lines;
      assert.match(String(said), own);
    }
    await client.ask('NOOP', 200);
    await client.quit();
  });

  it('EPSV with a port nobody listens on: the transfer is refused, and PASV afterwards serves', async () => {
    const closed = await reservePortBlock(1);
    server.script = {
      EPSV: refuses(`229 Entering (|||${closed.first}|)`),
      RETR: refuses("425 Can't open data connection."),
    };
    const client = await RawClient.login(gangway);
    await client.passive();
    const said = await client.ask('RETR file', 425);
    assert.match(said, /^425 /);
    await client.ask('NOOP', 200);
    server.script = {};
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    await closed.release();
    await client.quit();
  });

  it('case 14: 226 before the data is closed: the client gets it behind the last byte', async () => {
    const part = Buffer.alloc(4 * 1024 * 1024, 'x');
    server.script = {
      RETR: async (session) => {
        const data = await session.data();
        session.reply('150 here', '226 done already');
        data.send(part);
        data.end();
      },
    };
    const client = await RawClient.login(gangway);
    const data = await client.openData();
    await client.ask('RETR file', 150);
    client.send('NOOP\r\n');
    assert.equal(await data.outcome, 'fin');
    assert.equal(data.bytes, part.length);
    data.end();
    await client.expect(226);
    await client.expect(200);
    await client.quit();
  });

  it('226 for an upload it never closes: the client is told, and the connection ends', async () => {
    server.script = {
      STOR: async (session) => {
        const data = await session.data();
        session.reply('150 send');
        await data.finished;
        session.reply('226 stored');
      },
    };
    const client = await RawClient.login(gangway);
    const data = await client.openData();
    await client.ask('STOR file', 150);
    data.send('contents');
    data.end();
    await client.expect(226);
    await client.ask('NOOP', 200);
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    await client.quit();
  });

  it('a download it never closes: the session goes on by ABOR, and nothing is called complete', async () => {
    server.script = {
      RETR: async (session) => {
        const data = await session.data();
        session.reply('150 here');
        data.send('contents');
      },
    };
    const client = await RawClient.login(gangway);
    const data = await client.openData();
    await client.ask('RETR file', 150);
    await data.until(() => data.bytes === 8, 'the bytes');
    server.script = { ABOR: refuses('226 aborted') };
    client.send('ABOR\r\n');
    assert.equal(await data.outcome, 'rst');
    await client.expect(426);
    await client.expect(226);
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    await client.quit();
  });

  it('case 5: a reset before, in and after 150: the client sees a reset and never 226', async () => {
    for (const when of ['before', 'in', 'after'] as const) {
      server.script = {
        RETR: async (session) => {
          const data = await session.data();
          if (when === 'before') data.reset();
          session.reply('150 here');
          if (when === 'in') data.reset();
          if (when === 'after') {
            data.send('half');
            await new Promise((sent) => data.socket.write('', sent));
            data.reset();
          }
          session.reply('226 done');
        },
      };
      const client = await RawClient.login(gangway);
      const data = await client.openData();
      client.send('RETR file\r\n');
      let { code } = await client.reply();
      if (code === 150) ({ code } = await client.reply());
      assert.equal(code, 426, when);
      assert.equal(await data.outcome, 'rst', when);
      await client.ask('NOOP', 200);
      await client.quit();
    }
  });

  it('a control connection that is reset in a transfer: data by reset, 426, 421', async () => {
    server.script = {
      RETR: async (session) => {
        const data = await session.data();
        session.reply('150 here');
        data.send('half');
      },
    };
    const next = server.next();
    const client = await RawClient.login(gangway);
    const session = await next;
    const data = await client.openData();
    await client.ask('RETR file', 150);
    await data.until(() => data.bytes === 4, 'the first bytes');
    session.control.reset();
    assert.equal(await data.outcome, 'rst');
    await client.expect(426);
    await client.expect(421);
    client.close();
  });

  it('case 54, case 98: replies in two packets, cut at every byte, over real connections', async () => {
    let cut = 0;
    const passive = async (session: ScriptedSession): Promise<number> => session.listen();
    server.script = {
      EPSV: async (session) => inPieces(session, `229 Ok (|||${await passive(session)}|)`, cut),
      PASV: async (session) => {
        const port = await passive(session);
        const text = `227 Entering Passive Mode (10,9,8,7,${port >> 8},${port & 255}).`;
        await inPieces(session, text, cut);
      },
      FEAT: (session) => inPieces(session, '211-F\r\n AUTH TLS\r\n SIZE\r\n211 End', cut),
    };
    const client = await RawClient.login(gangway);
    for (cut = 0; cut <= 50; cut += 1) {
      assert.equal((await client.download('RETR file')).toString(), 'contents', `cut at ${cut}`);
      const features = await client.ask('FEAT', 211);
      assert.equal(features, FEATURES, `cut at ${cut}`);
    }
    await client.quit();
  });

  it('case 54, case 98: commands in two packets, cut at every byte, over real connections', async () => {
    const client = await RawClient.login(gangway);
    const port = client.control.socket.localPort ?? 0;
    const lines: [string, number][] = [
      ['PASV', 227],
      ['EPSV', 229],
      [`PORT 127,0,0,1,${port >> 8},${port & 255}`, 200],
      [`EPRT |1|127.0.0.1|${port}|`, 200],
      ['PORT 127,0,0,2,200,10', 500],
      ['EPSV 2', 522],
    ];
    for (const [line, code] of lines) {
      const bytes = Buffer.from(`${line}\r\n`);
      for (let at = 1; at < bytes.length; at += 1) {
        const { socket } = client.control;
        await new Promise((taken) => socket.write(bytes.subarray(0, at), taken));
        client.send(bytes.subarray(at));
        await client.expect(code);
      }
    }
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    await client.quit();
  });

  it('case 58: 120, and 220 later; a FEAT and a banner of a thousand lines pass', async () => {
    const ready = Promise.withResolvers<undefined>();
    const banner = Array.from({ length: 1000 }, (_, i) => `220-line ${i}`);
    server.script = {
      GREETING: async (session) => {
        session.reply('120 ready in a moment');
        await ready.promise;
        session.reply(...banner, '220 ready');
      },
      FEAT: (session) =>
        session.reply('211-F', ...Array.from({ length: 1000 }, (_, i) => ` X${i}`), '211 End'),
    };
    const client = await RawClient.connect(gangway);
    await client.expect(120);
    ready.resolve(undefined);
    assert.equal((await client.expect(220)).split('\n').length, 1001);
    assert.equal((await client.ask('FEAT', 211)).split('\n').length, 1008);
    client.close();
  });
});
