import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openSqliteStore } from '../../relay-server/store/sqlite.ts';
import type { Store } from '../../relay-server/store/store.ts';
import { gangwayFor, type GangwayInFront } from '../support/gangway.ts';
import { RawClient } from '../support/raw-client.ts';
import { download, ScriptedServer } from '../support/scripted-server.ts';

const FILE = Buffer.from('what the report says');

describe('the history of a relay that was stopped', () => {
  let dir: string;
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  let store: Store;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'gangway-history-'));
    server = await ScriptedServer.start();
    server.script = {
      RETR: download(FILE),
      PASS: (session, password) =>
        session.reply(password === 'wrong' ? '530 Login incorrect' : '230 in'),
    };
    gangway = await gangwayFor(server, { dir, passivePorts: 2 });
    const client = await RawClient.login(gangway);
    assert.deepEqual(await client.download('RETR report.pdf'), FILE);
    await client.quit();
    const stranger = await RawClient.connect(gangway, { localAddress: '127.0.0.2' });
    await stranger.expect(220);
    await stranger.ask('USER eve', 331);
    await stranger.ask('PASS wrong', 530);
    await stranger.quit();
    // This one is there when the relay ends, and all were a moment ago: nothing waits to be written for long.
    await RawClient.login(gangway, { localAddress: '127.0.0.3' });
    await gangway.close();
    store = await openSqliteStore({ dataDir: dir, create: false });
  });
  after(async () => {
    await store?.close();
    await server?.close();
    await rm(dir, { recursive: true, force: true });
  });

  it('has every visit, also the one that was under way', async () => {
    const { items } = await store.history.sessions({});
    const told = items.map(({ client, outcome }) => `${client} ${outcome}`).toSorted();
    assert.deepEqual(told.slice(0, 2), ['127.0.0.1 ok', '127.0.0.2 failed-login']);
    assert.match(told[2] ?? '', /^127\.0\.0\.3 /);
    assert.equal(told.length, 3);
  });

  it('has the transfer, the finding and what happened, without the password', async () => {
    const [transfer] = (await store.history.transfers({})).items;
    assert.partialDeepStrictEqual(transfer, {
      tunnel: 'ftp',
      client: '127.0.0.1',
      name: 'report.pdf',
      direction: 'download',
      bytes: FILE.length,
      code: 226,
      ok: true,
    });
    const [finding] = (await store.history.findings({ address: '127.0.0.2' })).items;
    assert.equal(finding?.code, 'wrong-password');
    const visit = await store.history.visit(finding?.session ?? '');
    const text = JSON.stringify(visit?.record);
    assert.match(text, /"eve"/);
    assert.doesNotMatch(text, /wrong"/);
    assert.equal(visit?.past.user, 'eve');
  });
});
