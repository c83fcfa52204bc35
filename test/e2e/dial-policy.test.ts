import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo, Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { WebSocketServer } from 'ws';
import { AGENT_LIMITS } from '../../shared/limits.ts';
import { Link } from '../../shared/mux/link.ts';
import { WsCarrier } from '../support/ws-carrier.ts';
import { ENROL_PATH, SUBPROTOCOL, type EnrolResponse } from '../../shared/proto/handshake.ts';
import { encodeMessage } from '../../shared/proto/link-messages.ts';
import { encodeOpenRequest } from '../../shared/proto/open-request.ts';
import { RESET_CODE_NAMES } from '../../shared/proto/reset-codes.ts';
import { startAgent, type GangwayProcess } from '../support/gangway.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { StreamRecorder } from '../support/stream-recorder.ts';

const ENROLMENT: EnrolResponse = {
  agentId: 'a1',
  credential: 'gw_fake',
  tunnel: { id: 't1', name: 'fake', publicAddress: 'ftp://192.0.2.1:21' },
};

/** A relay in wrong hands: it takes any agent and asks it for what the test says. */
class HostileRelay {
  readonly #http: Server;
  readonly #sockets = new Set<Socket>();
  /** The link of the agent that came. */
  readonly link: Promise<Link>;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<Link>();
    this.link = promise;
    this.#http = createServer((request, response) => {
      const known = request.url === ENROL_PATH;
      response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
      response.end(known ? JSON.stringify(ENROLMENT) : '{}');
    });
    this.#http.on('connection', (socket: Socket) => this.#sockets.add(socket));
    const wss = new WebSocketServer({ server: this.#http, handleProtocols: () => SUBPROTOCOL });
    wss.on('connection', (ws, request) => {
      const link: Link = new Link({
        side: 'relay',
        clock: () => performance.now(),
        resetCodes: RESET_CODE_NAMES,
        onOpen: (stream) => {
          StreamRecorder.on(stream);
          const { name, publicAddress } = ENROLMENT.tunnel;
          stream.write(encodeMessage({ t: 'tunnel', name, publicAddress }));
          resolve(link);
        },
        onClosed: () => {},
        onGoAway: () => {},
      });
      link.attach(new WsCarrier(ws, request.socket));
    });
  }

  async start(): Promise<string> {
    this.#http.listen(0, '127.0.0.1');
    await once(this.#http, 'listening');
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#http.close();
    await once(this.#http, 'close');
  }
}

describe('the dial policy of an agent, against a relay in wrong hands', () => {
  let server: ScriptedServer;
  let relay: HostileRelay;
  let agent: GangwayProcess;
  let stateDir: string;
  let link: Link;
  before(async () => {
    server = await ScriptedServer.start();
    relay = new HostileRelay();
    stateDir = await mkdtemp(join(tmpdir(), 'gangway-agent-'));
    const to = `${server.host}:${server.port}`;
    agent = await startAgent({ relay: await relay.start(), code: 'any', server: to, stateDir });
    link = await relay.link;
  });
  after(async () => {
    await agent?.stop();
    await relay?.stop();
    await server?.close();
    await rm(stateDir, { recursive: true, force: true });
  });

  /** Opens a control connection and lets the server announce a data port on it. */
  async function control(): Promise<{ id: number; port: number }> {
    const request = encodeOpenRequest({ t: 'control', session: 's', client: '192.0.2.7 4000' });
    const stream = link.open(request, { priority: 'control' });
    const recorder = StreamRecorder.on(stream);
    await recorder.until(({ text }) => text.includes('220'));
    stream.write(Buffer.from('EPSV\r\n'));
    await recorder.until(({ text }) => text.includes('229'));
    return { id: stream.id, port: Number(/\|\|\|(\d+)\|/.exec(recorder.text)?.[1]) };
  }

  /** Asks for a data connection and answers with the code it was refused with, if it was. */
  async function dialData(controlId: number, port: number): Promise<StreamRecorder> {
    const request = encodeOpenRequest({ t: 'data', control: controlId, port });
    return StreamRecorder.on(link.open(request, { priority: 'bulk' }));
  }

  it('dials a data port the server announced, once', async () => {
    const { id, port } = await control();
    const session = server.sessions.at(-1);
    const first = await dialData(id, port);
    const data = await session?.data();
    data?.send('hello');
    await first.until(({ text }) => text === 'hello');
    const second = await (await dialData(id, port)).untilClosed();
    assert.equal(second.broken?.code, 'dial-forbidden');
    data?.end();
  });

  it('refuses a port the server did not announce, and says so in its log', async () => {
    const { id, port } = await control();
    // Lines of the test before are here when it has answered.
    await agent.counts();
    const from = agent.events().length;
    for (const forbidden of [22, server.port, port === 65_535 ? 1024 : port + 1]) {
      const refused = await (await dialData(id, forbidden)).untilClosed();
      assert.equal(refused.broken?.code, 'dial-forbidden', String(forbidden));
    }
    const line = await agent.waitFor('dial-refused', { from });
    assert.equal(line['port'], 22);
  });

  it('refuses a port announced on another control connection, and without any', async () => {
    const one = await control();
    const two = await control();
    for (const id of [two.id, 4_000_000]) {
      const refused = await (await dialData(id, one.port)).untilClosed();
      assert.equal(refused.broken?.code, 'dial-forbidden');
    }
  });

  it('listens for its server on a control connection that exists, and a few times at once', async () => {
    const { id } = await control();
    const listen = (controlId: number): StreamRecorder => {
      const request = encodeOpenRequest({ t: 'listen', control: controlId });
      return StreamRecorder.on(link.open(request, { priority: 'bulk' }));
    };
    assert.equal((await listen(4_000_000).untilClosed()).broken?.code, 'too-many-streams');
    const waiting = Array.from({ length: AGENT_LIMITS.listeners }, () => listen(id));
    assert.equal((await listen(id).untilClosed()).broken?.code, 'too-many-streams');
    assert.ok(waiting.every(({ isClosed }) => !isClosed));
    server.sessions.at(-1)?.control.reset();
    await Promise.all(waiting.map((recorder) => recorder.untilClosed()));
  });

  it('dials nobody in its own networks, since its owner did not agree to that', async () => {
    const { id, port } = await control();
    const held = link.open(encodeOpenRequest({ t: 'data', control: id, port, held: true }), {
      priority: 'bulk',
    });
    for (const host of ['127.0.0.1', '192.168.1.9', 'fd00::9', '203.0.113.9']) {
      const near = { t: 'near', control: id, data: held.id, host, port: 50_000 } as const;
      const refused = await StreamRecorder.on(
        link.open(encodeOpenRequest(near), { priority: 'bulk' }),
      ).untilClosed();
      assert.equal(refused.broken?.code, 'dial-forbidden', host);
    }
    held.reset('done');
  });

  it('refuses requests it does not understand', async () => {
    for (const text of ['', '{}', '{"t":"dial","host":"10.0.0.1","port":22}', '{"t":"link"}']) {
      const stream = link.open(Buffer.from(text), { priority: 'bulk' });
      const refused = await StreamRecorder.on(stream).untilClosed();
      assert.equal(refused.broken?.code, 'bad-request', text);
    }
    const extra = { t: 'data', control: (await control()).id, port: 22, host: '10.0.0.1' };
    const stream = link.open(Buffer.from(JSON.stringify(extra)), { priority: 'bulk' });
    assert.equal((await StreamRecorder.on(stream).untilClosed()).broken?.code, 'bad-request');
  });

  it('a 227 inside a banner or a file name announces nothing', async () => {
    server.script = {
      STAT: (session) => session.reply('211-227 x (127,0,0,1,0,22)', ' 229 (|||22|)', '211 End'),
    };
    const request = encodeOpenRequest({ t: 'control', session: 's', client: '192.0.2.7 4000' });
    const stream = link.open(request, { priority: 'control' });
    const recorder = StreamRecorder.on(stream);
    stream.write(Buffer.from('STAT\r\n'));
    await recorder.until(({ text }) => text.includes('211 End'));
    const refused = await (await dialData(stream.id, 22)).untilClosed();
    assert.equal(refused.broken?.code, 'dial-forbidden');
  });
});
