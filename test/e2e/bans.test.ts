import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { readControl } from '../../relay-server/admin/local.ts';
import type { BanView } from '../../relay-server/views/access.ts';
import { gangwayFor, runGangway, type GangwayInFront, type LogEvent } from '../support/gangway.ts';
import { RawClient, type From } from '../support/raw-client.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

const CLIENT = { localAddress: '127.0.0.2' };
const OTHER = { localAddress: '127.0.0.3' };
const FAILURES = 3;

describe('bans in a running relay', () => {
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  before(async () => {
    server = await ScriptedServer.start();
    gangway = await gangwayFor(server, { passivePorts: 2 });
    // All clients of these tests are on this machine.
    await call('PATCH', '/settings', { bans: { failures: FAILURES, loopback: true } });
  });
  afterEach(async () => {
    server.script = {};
    for (const { id } of await bans()) await call('DELETE', `/bans/${id}`);
  });
  after(async () => {
    await gangway?.close();
    await server?.close();
  });

  async function call(method: string, path: string, body?: object): Promise<unknown> {
    const { url, token } = readControl(gangway.relay.dataDir) ?? assert.fail();
    const headers = { authorization: `Bearer ${token}` };
    const json = body && { 'content-type': 'application/json' };
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { ...headers, ...json },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.ok(response.ok, text);
    return text === '' ? undefined : JSON.parse(text);
  }

  async function bans(): Promise<BanView[]> {
    return ((await call('GET', '/bans')) as { items: BanView[] }).items;
  }

  async function ban(...args: string[]): Promise<string> {
    const { dataDir } = gangway.relay;
    const { status, output } = await runGangway(['ban', ...args, '--data-dir', dataDir]);
    assert.equal(status, 0, output);
    return output;
  }

  /** What a client reads that is turned away, and the line the relay logged of it. */
  async function turnedAway(from: From): Promise<{ text: string; line: LogEvent }> {
    const seen = gangway.relay.events().length;
    const client = await RawClient.connect(gangway, from);
    const text = await client.expect(421);
    client.close();
    return { text, line: await gangway.relay.waitFor('turned-away', { from: seen }) };
  }

  /** A login that the server answers as its script says. */
  async function tryLogin(from: From, code: number): Promise<void> {
    const client = await RawClient.connect(gangway, from);
    await client.expect(220);
    await client.ask('USER u', 331);
    await client.ask('PASS p', code);
    client.close();
  }

  it('made by the command line turn away the next client, who is told until when', async () => {
    await ban('add', '127.0.0.2', '--reason', 'x', '--for', '10m');
    const { text, line } = await turnedAway(CLIENT);
    assert.match(text, /127\.0\.0\.2 is banned here until \d{4}-/);
    assert.partialDeepStrictEqual(line, { client: '127.0.0.2', why: 'banned', tunnel: 'ftp' });
    await (await RawClient.login(gangway, OTHER)).quit();
    const [made] = await bans();
    await ban('remove', made?.id ?? '');
    await (await RawClient.login(gangway, CLIENT)).quit();
  });

  it('come of failed logins, for that address alone', async () => {
    server.script = { PASS: (session) => session.reply('530 wrong') };
    const seen = gangway.relay.events().length;
    for (let i = 0; i < FAILURES; i++) await tryLogin(CLIENT, 530);
    const line = await gangway.relay.waitFor('banned', { from: seen });
    assert.partialDeepStrictEqual(line, { network: '127.0.0.2/32', reason: '3 failed logins' });
    assert.match((await turnedAway(CLIENT)).text, /127\.0\.0\.2 is banned/);
    server.script = {};
    await (await RawClient.login(gangway, OTHER)).quit();
  });

  it('do not come of a server that is full', async () => {
    server.script = { PASS: (session) => session.reply('421 too many users') };
    for (let i = 0; i < FAILURES * 2; i++) await tryLogin(CLIENT, 421);
    server.script = {};
    await (await RawClient.login(gangway, CLIENT)).quit();
    assert.deepEqual(await bans(), []);
  });
});
