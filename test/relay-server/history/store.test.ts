import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { array, assert as holds, asyncProperty, integer, nat } from 'fast-check';
import { Retention } from '../../../relay-server/history/retention.ts';
import type { HistoryStore } from '../../../relay-server/store/history.ts';
import { recordedLog } from '../certificates/fixtures.ts';
import { freshStore } from '../fixtures.ts';
import { pastTransfer, pastVisit } from './fixtures.ts';

async function historyOf(t: TestContext): Promise<HistoryStore> {
  return (await freshStore(t)).store.history;
}

describe('history in the store', () => {
  it('gives a visit back with its record and findings, as it was', async (t) => {
    const history = await historyOf(t);
    const visit = pastVisit('a', { findings: ['active-behind-nat', 'wrong-password'] });
    await history.write([visit], []);
    const found = await history.visit('a');
    assert.deepEqual(found?.past, visit.past);
    assert.deepEqual(found?.record, visit.record);
    assert.deepEqual(found?.findings.map(({ code }) => code).sort(), visit.past.findings);
    assert.equal(await history.visit('b'), undefined);
  });

  it('keeps what is there when the same is written again', async (t) => {
    const history = await historyOf(t);
    await history.write([pastVisit('a', { user: 'ann' })], [pastTransfer('t')]);
    await history.write([pastVisit('a', { user: 'eve' })], [pastTransfer('t', { bytes: 1 })]);
    assert.equal((await history.visit('a'))?.past.user, 'ann');
    assert.deepEqual((await history.transfers({})).items, [pastTransfer('t')]);
  });

  it('narrows lists by tunnel, time, user, outcome and address, whole or its beginning', async (t) => {
    const history = await historyOf(t);
    await history.write(
      [
        pastVisit('a', { client: '203.0.113.7', user: 'ann', closedAt: 1 }),
        pastVisit('b', { client: '203.0.113.77', user: 'anna', closedAt: 2, outcome: 'broken' }),
        pastVisit('c', { client: '2001:db8::1', user: null, closedAt: 3, tunnel: 'shop' }),
      ],
      [],
    );
    const ids = async (filter: Parameters<HistoryStore['sessions']>[0]): Promise<string> =>
      (await history.sessions(filter)).items.map(({ id }) => id).join('');
    assert.equal(await ids({}), 'cba');
    assert.equal(await ids({ address: '203.0.113.7' }), 'a');
    assert.equal(await ids({ address: '203.0.113.' }), 'ba');
    assert.equal(await ids({ address: '::ffff:203.0.113.7' }), 'a');
    assert.equal(await ids({ address: '2001:DB8:0::1' }), 'c');
    assert.equal(await ids({ user: 'ann' }), 'ba');
    assert.equal(await ids({ outcome: 'failed' }), 'b');
    assert.equal(await ids({ outcome: 'ok' }), 'ca');
    assert.equal(await ids({ tunnel: 'shop' }), 'c');
    assert.equal(await ids({ since: 2, until: 2 }), 'b');
    assert.equal(await ids({ user: "x' OR 1=1 --" }), '');
  });

  it('narrows transfers by direction and success, and findings by code and session', async (t) => {
    const history = await historyOf(t);
    const upload = pastTransfer('u', { direction: 'upload', code: 426, ok: false, broken: 'x' });
    await history.write(
      [pastVisit('a', { findings: ['one', 'two'] }), pastVisit('b', { findings: ['one'] })],
      [pastTransfer('d'), upload],
    );
    assert.deepEqual((await history.transfers({ ok: false })).items, [upload]);
    assert.equal((await history.transfers({ direction: 'download' })).items[0]?.id, 'd');
    assert.equal((await history.findings({ code: 'one' })).items.length, 2);
    const [finding] = (await history.findings({ session: 'b' })).items;
    assert.deepEqual(
      [finding?.code, finding?.program, finding?.facts],
      ['one', 'curl', { port: 21 }],
    );
  });

  it('is walked page by page, each entry once, while more are written', async (t) => {
    await holds(
      asyncProperty(
        array(nat(20), { minLength: 1, maxLength: 40 }),
        integer({ min: 1, max: 9 }),
        async (times, limit) => {
          const history = await historyOf(t);
          const visits = times.map((at, i) => pastVisit(`v${i}`, { closedAt: at }));
          await history.write(visits, []);
          const seen: string[] = [];
          let cursor: string | undefined;
          do {
            const page = await history.sessions({ limit, ...(cursor && { cursor }) });
            seen.push(...page.items.map(({ id }) => id));
            cursor = page.nextCursor ?? undefined;
            await history.write([pastVisit(`late${seen.length}`, { closedAt: 99 })], []);
          } while (cursor !== undefined);
          assert.equal(seen.length, times.length);
          assert.equal(new Set(seen).size, times.length);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('forgets what is older than it is kept, of every kind, and nothing else', async (t) => {
    const history = await historyOf(t);
    const day = 86_400_000;
    const visits = [0, 1, 40].map((at) =>
      pastVisit(`v${at}`, { closedAt: at * day, findings: ['x'] }),
    );
    const transfers = [0, 40].map((at) => pastTransfer(`t${at}`, { startedAt: at * day }));
    await history.write(visits, transfers);
    const now = (): number => 41 * day;
    const { logger } = recordedLog();
    const retention = new Retention({ store: history, days: () => 30, now, logger });
    await retention.look();
    assert.deepEqual(
      (await history.sessions({})).items.map(({ id }) => id),
      ['v40'],
    );
    assert.deepEqual(
      (await history.transfers({})).items.map(({ id }) => id),
      ['t40'],
    );
    assert.deepEqual(
      (await history.findings({})).items.map(({ session }) => session),
      ['v40'],
    );
    await retention.stop();
  });
});
