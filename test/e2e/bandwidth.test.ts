import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gangwayFor, runGangway, type GangwayInFront } from '../support/gangway.ts';
import { RawClient } from '../support/raw-client.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { soon, type WatchedSocket } from '../support/watched-socket.ts';

const RATE = 2_000_000;
/** What a bucket that was full adds, within 5 % of ten seconds. */
const TOLERANCE = 0.05;
/** A change holds in the running relay when its command has ended, within this. */
const EFFECT_MS = 1000;
/** How long a rate is measured where it may be rough. */
const LOOK_MS = 1000;
const AT_ONCE_MS = 500;
const CHUNK = Buffer.alloc(64 * 1024, 'gangway');

/** Sends for ever, as fast as it is taken. */
function pour(data: WatchedSocket): void {
  const more = (): void => {
    while (!data.socket.destroyed && data.socket.write(CHUNK));
  };
  data.socket.on('drain', more);
  more();
}

/** Bytes per second that come over connections, from now on for `ms`. */
async function rateOf(all: readonly WatchedSocket[], ms: number): Promise<number[]> {
  const before = all.map((one) => one.bytes);
  const began = performance.now();
  await sleep(ms);
  const seconds = (performance.now() - began) / 1000;
  return all.map((one, i) => (one.bytes - (before[i] ?? 0)) / seconds);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

function assertNear(rate: number, expected: number, tolerance = TOLERANCE): void {
  const near = Math.abs(rate - expected) <= tolerance * expected;
  assert.ok(near, `${Math.round(rate)} B/s where ${expected} are allowed`);
}

describe('bandwidth limits of a tunnel in a running relay', () => {
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  /** The server's ends of the data connections, in the order of their transfers. */
  let serverEnds: WatchedSocket[] = [];
  before(async () => {
    server = await ScriptedServer.start();
    server.script = {
      RETR: async (session) => {
        const data = await session.data();
        serverEnds.push(data);
        session.reply('150 here');
        pour(data);
        void data.finished.then(() => session.reply('426 the server saw it break'));
      },
      STOR: async (session) => {
        const data = await session.data();
        serverEnds.push(data);
        session.reply('150 send');
        const outcome = await data.finished;
        data.end();
        session.reply(outcome === 'fin' ? '226 stored' : '426 the server saw it break');
      },
    };
    gangway = await gangwayFor(server, { passivePorts: 4 });
  });
  afterEach(async () => {
    serverEnds = [];
    await update('--bandwidth', 'none', '--session-bandwidth', 'none');
  });
  after(async () => {
    await gangway?.close();
    await server?.close();
  });

  async function update(...flags: string[]): Promise<void> {
    const args = ['tunnel', 'update', 'ftp', '--data-dir', gangway.relay.dataDir, ...flags];
    const { status, output } = await runGangway(args);
    assert.equal(status, 0, output);
  }

  /** A download that never ends. */
  async function download(): Promise<{ client: RawClient; data: WatchedSocket }> {
    const client = await RawClient.login(gangway);
    const data = await client.openData();
    await client.ask('RETR file', 150);
    return { client, data };
  }

  it('two downloads share the limit of the tunnel within 5 % over 10 s', async (t) => {
    await update('--bandwidth', '2M');
    const both = [await download(), await download()];
    const rates = await rateOf(
      both.map(({ data }) => data),
      10_000,
    );
    t.diagnostic(
      `bytes per second: ${rates.map(Math.round).join(' + ')} = ${Math.round(sum(rates))}`,
    );
    assertNear(sum(rates), RATE);
    for (const rate of rates) assertNear(rate, RATE / 2);
    for (const { client, data } of both) {
      data.reset();
      client.close();
    }
  });

  it('an upload is held to the limit of its session, and complete when 226 comes', async (t) => {
    await update('--session-bandwidth', '2M');
    const client = await RawClient.login(gangway);
    const bytes = Buffer.alloc(3 * RATE, 'an upload');
    const began = performance.now();
    await client.upload('STOR file', bytes);
    const rate = bytes.length / ((performance.now() - began) / 1000);
    t.diagnostic(`bytes per second: ${Math.round(rate)}`);
    // In three seconds the full bucket weighs more than in ten.
    assertNear(rate, RATE, 0.15);
    assert.ok(serverEnds[0]?.received.equals(bytes));
    await client.quit();
  });

  it('a change holds for a running transfer within a second, whichever way', async (t) => {
    const { client, data } = await download();
    const during = async (limit: string): Promise<number> => {
      await update('--bandwidth', limit);
      await sleep(EFFECT_MS);
      const [rate = 0] = await rateOf([data], LOOK_MS);
      t.diagnostic(`bytes per second at ${limit}: ${Math.round(rate)}`);
      return rate;
    };
    assert.ok((await during('1M')) < 1_400_000);
    const faster = await during('4M');
    assert.ok(faster > 1_400_000 && faster < 5_600_000, 'more than before, within the new limit');
    assert.ok((await during('500k')) < 700_000);
    assert.ok((await during('none')) > 5_600_000);
    data.reset();
    client.close();
  });

  it('a throttled transfer that is aborted is reset at both ends at once', async () => {
    await update('--bandwidth', '10k');
    const { client, data } = await download();
    await data.until(() => data.bytes > 0, 'a byte');
    const began = performance.now();
    client.send('ABOR\r\n');
    assert.equal(await data.outcome, 'rst');
    const [serverEnd] = serverEnds;
    assert.ok(serverEnd);
    assert.equal(await soon(serverEnd.finished, 'a reset at the server'), 'rst');
    assert.ok(performance.now() - began < AT_ONCE_MS, `${performance.now() - began} ms`);
    await client.expect(426);
    client.close();
  });

  it('a throttled download whose client goes away is reset at the server at once', async () => {
    await update('--session-bandwidth', '10k');
    const { client, data } = await download();
    await data.until(() => data.bytes > 0, 'a byte');
    const began = performance.now();
    data.reset();
    const [serverEnd] = serverEnds;
    assert.ok(serverEnd);
    assert.equal(await soon(serverEnd.finished, 'a reset at the server'), 'rst');
    assert.ok(performance.now() - began < AT_ONCE_MS, `${performance.now() - began} ms`);
    await client.expect(426);
    await client.quit();
  });
});
