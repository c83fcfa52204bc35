import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  startAgent,
  startRelay,
  type GangwayProcess,
  type Relay,
  type TestTunnel,
} from '../support/gangway.ts';
import { reservePortBlock } from '../support/ports.ts';
import { dial, RawClient } from '../support/raw-client.ts';
import { PROTECTIONS, relayTls } from '../support/relay-tls.ts';
import { ScriptedServer, type ScriptedSession } from '../support/scripted-server.ts';
import type { WatchedSocket } from '../support/watched-socket.ts';

const MOMENT = /since \d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} UTC/;

/** What a client that is turned away reads, to the end. */
async function turnedAway(tunnel: TestTunnel): Promise<string> {
  const client = await RawClient.connect(tunnel);
  const text = await client.expect(421);
  assert.equal(await client.control.outcome, 'fin');
  client.close();
  return text;
}

describe('what is away, and its return', () => {
  let server: ScriptedServer;
  let relay: Relay;
  let tunnel: TestTunnel;
  let agent: GangwayProcess;
  let stateDir: string;
  before(async () => {
    server = await ScriptedServer.start();
    relay = await startRelay();
    stateDir = await mkdtemp(join(tmpdir(), 'gangway-agent-'));
    tunnel = await relay.createTunnel('ftp', { server: address(server) });
  });
  after(async () => {
    await agent?.stop();
    await relay?.stop();
    await server?.close();
    await rm(stateDir, { recursive: true, force: true });
  });

  const address = ({ host, port }: { host: string; port: number }): string => `${host}:${port}`;
  const beginAgent = (): Promise<GangwayProcess> =>
    startAgent({ relay: relay.url, code: tunnel.enrolmentCode, server: address(server), stateDir });

  it('before any agent: 421 that says so', async () => {
    assert.match(await turnedAway(tunnel), /agent .* away since the relay started/);
    agent = await beginAgent();
    await (await RawClient.login(tunnel)).quit();
  });

  it('agent away: 421 that says so and since when; it returns and the next client is served', async () => {
    await agent.kill();
    await relay.waitFor('agent-disconnected');
    assert.match(await turnedAway(tunnel), /agent beside the FTP server has been away/);
    assert.match(await turnedAway(tunnel), MOMENT);
    agent = await beginAgent();
    await (await RawClient.login(tunnel)).quit();
  });

  it('FTP server down: 421 that says so and since when; it returns and the next client is served', async () => {
    const { port } = server;
    await server.close();
    const first = await turnedAway(tunnel);
    assert.match(first, /the FTP server does not answer/);
    assert.match(first, MOMENT);
    const sinceWhen = MOMENT.exec(first)?.[0] ?? '';
    assert.ok((await turnedAway(tunnel)).includes(sinceWhen), 'it is the same outage');
    server = await ScriptedServer.start(port);
    const client = await RawClient.login(tunnel);
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    await client.quit();
  });

  it('case 84: the relay restarted: sessions end visibly, the agent returns, logins succeed', async () => {
    const other = await mkdtemp(join(tmpdir(), 'gangway-relay-'));
    const otherState = await mkdtemp(join(tmpdir(), 'gangway-agent-'));
    const ports = await reservePortBlock(16);
    // What the two lives of the relay have in common.
    const same = {
      dir: other,
      ports,
      passivePorts: 8,
      flags: [`--http=127.0.0.1:${ports.last}`],
    };
    const first = await startRelay(same);
    const again = await first.createTunnel('again', { server: address(server) });
    const credentials = {
      code: again.enrolmentCode,
      server: address(server),
      stateDir: otherState,
    };
    const itsAgent = await startAgent({ relay: first.url, ...credentials });
    const client = await RawClient.login(again);
    const promised = await client.passive();
    await first.kill();
    assert.ok(['fin', 'rst'].includes(await client.control.outcome));
    client.close();
    const from = itsAgent.events().length;
    const second = await startRelay(same);
    try {
      await itsAgent.waitFor('tunnel-up', { from, timeoutMs: 20_000 });
      const back = await RawClient.login(again);
      assert.equal((await back.download('RETR file')).toString(), 'contents');
      await back.quit();
      const late = await dial(promised);
      assert.equal(await late.outcome, 'rst', 'no stale promise');
      assert.equal(late.received.length, 0);
    } finally {
      await itsAgent.stop();
      await second.stop();
      await ports.release();
      await rm(other, { recursive: true, force: true });
      await rm(otherState, { recursive: true, force: true });
    }
  });
});

describe('a relay that drains', () => {
  it('lets a transfer finish with 226, with TLS and without, ends an idle session with 421, takes no new clients, exits 0', async () => {
    const server = await ScriptedServer.start();
    const tls = await relayTls();
    const relay = await startRelay({ flags: tls.flags });
    const stateDir = await mkdtemp(join(tmpdir(), 'gangway-agent-'));
    const to = `${server.host}:${server.port}`;
    const tunnel = await relay.createTunnel('ftp', { server: to });
    const code = tunnel.enrolmentCode;
    const agent = await startAgent({ relay: relay.url, code, server: to, stateDir });
    try {
      server.script = {
        RETR: async (session) => {
          await session.data();
          session.reply('150 slowly');
        },
      };
      const idle = await Promise.all(PROTECTIONS.map((each) => tls.login[each](tunnel)));
      const busy: Busy[] = [];
      for (const login of PROTECTIONS.map((each) => tls.login[each])) {
        const next = server.next();
        const client = await login(tunnel);
        const session = await next;
        const data = client.protect(await client.openData());
        await client.ask('RETR file', 150);
        busy.push({ client, session, data });
      }
      const stopped = relay.stop();
      await relay.waitFor('draining');
      for (const client of idle) {
        assert.match(await client.expect(421), /restarting/);
        assert.equal(await client.control.outcome, 'fin');
        client.close();
      }
      await assert.rejects(dial(tunnel), /ECONNREFUSED/);
      for (const each of busy) await finish(each);
      assert.equal(await stopped, 0);
    } finally {
      await agent.stop();
      await relay.stop();
      await server.close();
      await rm(stateDir, { recursive: true, force: true });
    }
  });
});

/** A session in the middle of a download. */
interface Busy {
  readonly client: RawClient;
  readonly session: ScriptedSession;
  readonly data: WatchedSocket;
}

async function finish({ client, session, data }: Busy): Promise<void> {
  const serverData = await session.data();
  serverData.send('the rest');
  serverData.end();
  assert.equal(await data.outcome, 'fin');
  assert.equal(data.received.toString(), 'the rest');
  data.end();
  session.reply('226 sent');
  await client.expect(226);
  await client.expect(421);
  client.close();
}
