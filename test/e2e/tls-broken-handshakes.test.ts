import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { after, before, beforeEach, describe, it } from 'node:test';
import { DataPort } from '../support/data-port.ts';
import { gangwayFor, type GangwayInFront } from '../support/gangway.ts';
import { reservePortBlock } from '../support/ports.ts';
import type { RawClient } from '../support/raw-client.ts';
import { relayTls } from '../support/relay-tls.ts';
import { download, ONLY_PORT, ScriptedServer, type Handler } from '../support/scripted-server.ts';
import type { Outcome, WatchedSocket } from '../support/watched-socket.ts';

const tls = await relayTls();
/** A data connection on which nothing was sent, for a transfer whose 150 may have been read. */
type Begin = (client: RawClient, command: string) => Promise<WatchedSocket>;

/** Who dials whom for the client's data connection. */
const WAYS = {
  'passive client': async (client: RawClient, command: string) => {
    const data = await client.openData();
    client.send(`${command}\r\n`);
    return data;
  },
  'active client': async (client: RawClient, command: string) => {
    const open = await DataPort.open();
    await client.ask(open.command(), 200);
    client.send(`${command}\r\n`);
    try {
      return await open.accept();
    } finally {
      open.close();
    }
  },
} satisfies Record<string, Begin>;
type Way = keyof typeof WAYS;
/** What the relay logs when it has the connection. */
const TAKEN: Readonly<Record<Way, string>> = {
  'passive client': 'session-data-accepted',
  'active client': 'session-data-dialled',
};

/** A server in active mode finds nobody when the client has gone by the time it connects. */
function orRefused(handler: Handler): Handler {
  return async (session, argument) => {
    try {
      await handler(session, argument);
    } catch {
      session.reply('425 nobody there');
    }
  };
}

/** What a client does in place of a handshake. */
const FAULTS: Readonly<Record<string, (data: WatchedSocket) => void>> = {
  'an end': (data) => data.end(),
  'a reset': (data) => data.reset(),
  'bytes in clear': (data) => data.send('no TLS at all, but long enough to be judged'),
  'the beginning of a handshake and an end': (data) => {
    data.send(Buffer.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01));
    data.end();
  },
};

for (const [serverWay, script] of [
  ['passive server', {}],
  ['active server', ONLY_PORT],
] as const) {
  describe(`what is no handshake on a private data connection, ${serverWay}`, () => {
    let server: ScriptedServer;
    let gangway: GangwayInFront;
    /** How the server's data connections ended, in the order of their transfers. */
    let outcomes: Promise<Outcome>[] = [];
    before(async () => {
      server = await ScriptedServer.start();
      const tunnelFlags = serverWay === 'active server' ? ['--server-mode=active'] : [];
      gangway = await gangwayFor(server, { flags: tls.flags, tunnelFlags });
    });
    beforeEach(() => {
      outcomes = [];
      server.script = {
        ...script,
        RETR: orRefused(download(Buffer.from('contents'))),
        STOR: orRefused(async (session) => {
          const data = await session.data();
          outcomes.push(data.finished);
          session.reply('150 send');
          session.reply((await data.finished) === 'fin' ? '226 stored' : '426 broken');
        }),
      };
    });
    after(async () => {
      await gangway?.close();
      await server?.close();
    });

    for (const [way, begin] of Object.entries(WAYS) as [Way, Begin][]) {
      for (const [fault, commit] of Object.entries(FAULTS)) {
        it(`${fault}, ${way}: no upload of 0 bytes, no download, and the session goes on`, async () => {
          const client = await tls.login['under TLS'](gangway);
          for (const command of ['STOR file', 'RETR file']) {
            const from = gangway.relay.events().length;
            const data = await begin(client, command);
            // A connection that is reset before the relay takes it tells nobody whose it was.
            await gangway.relay.waitFor(TAKEN[way], { from });
            commit(data);
            const first = await client.reply();
            const last = first.code === 150 ? await client.reply() : first;
            assert.ok([425, 426, 522].includes(last.code), `${command}: ${last.code}`);
            const words = Buffer.concat(last.lines).toString();
            if (last.code === 522) assert.match(words, /is not TLS|before TLS was agreed on/);
            data.socket.destroy();
            await client.ask('NOOP', 200);
          }
          for (const outcome of outcomes) assert.equal(await outcome, 'rst');
          assert.equal((await client.download('RETR file', 'PORT')).toString(), 'contents');
          assert.equal((await client.download('RETR file', 'EPSV')).toString(), 'contents');
          await client.quit();
        });
      }
    }

    it('case 3, case 6: an active upload that is reset under TLS is broken for both ends', async () => {
      const client = await tls.login['under TLS'](gangway);
      const data = client.protect(await WAYS['active client'](client, 'STOR file'));
      await client.expect(150);
      await new Promise((resolve) => data.socket.write(Buffer.alloc(100_000), resolve));
      data.reset();
      await client.expect(426);
      assert.equal(await outcomes[0], 'rst');
      await client.quit();
    });

    it('case 30: a port that refuses is 425 under TLS, and the session goes on', async () => {
      const client = await tls.login['under TLS'](gangway);
      const closed = await reservePortBlock(1);
      await client.ask(`EPRT |1|127.0.0.1|${closed.first}|`, 200);
      assert.match(await client.ask('RETR file', 425), /connection refused.*passive mode/);
      await closed.release();
      assert.equal((await client.download('RETR file', 'EPRT')).toString(), 'contents');
      await client.quit();
    });
  });
}
