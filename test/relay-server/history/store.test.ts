import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { array, assert as holds, asyncProperty, integer, nat } from 'fast-check';
import type { HistoryStore } from '../../../relay-server/store/history.ts';
import type { TransferView } from '../../../relay-server/views/sessions.ts';
import { HISTORY_LIMITS } from '../../../relay-server/watch-limits.ts';
import { freshStore } from '../fixtures.ts';
import { pastTransfer, pastVisit } from './fixtures.ts';

async function historyOf(t: TestContext): Promise<HistoryStore> {
  return (await freshStore(t)).store.history;
}

const isFailed = ({ user, ok }: TransferView): boolean => user !== null && !ok;
const isFailedThen = (one: TransferView): boolean =>
  isFailed(one) && one.startedAt >= 500 && one.startedAt <= 700;
const isEven = (id: string): boolean => Number(id.slice(1)) % 2 === 0;

/** The ids of all transfers that are meant, page by page. */
async function walked(
  history: HistoryStore,
  filter: Parameters<HistoryStore['transfers']>[0],
): Promise<string[]> {
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await history.transfers({ ...filter, limit: 200, ...(cursor && { cursor }) });
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return seen;
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
    assert.equal(await ids({ address: '203.0.113.0/24' }), 'ba');
    assert.equal(await ids({ address: '203.0.113.7/32' }), 'a');
    assert.equal(await ids({ address: '203.0.0.0/16' }), 'ba');
    assert.equal(await ids({ address: '20.0.0.0/8' }), '');
    assert.equal(await ids({ address: '2001:db8::1/128' }), 'c');
    assert.equal(await ids({ user: 'ann' }), 'ba');
    assert.equal(await ids({ outcome: 'failed' }), 'b');
    assert.equal(await ids({ outcome: 'ok' }), 'ca');
    assert.equal(await ids({ tunnel: 'shop' }), 'c');
    assert.equal(await ids({ since: 2, until: 2 }), 'b');
    assert.equal(await ids({ user: "x' OR 1=1 --" }), '');
  });

  it('says which networks cannot be looked for', async (t) => {
    const history = await historyOf(t);
    for (const address of [
      '203.0.112.0/20',
      '2001:db8::/32',
      '203.0.113.7/24',
      '0.0.0.0/0',
      'x/y',
    ]) {
      const wrong = { code: 'network-unsuited', exitCode: 2 };
      await assert.rejects(history.sessions({ address }), wrong, address);
    }
  });

  it('finds names in every script by how they begin', async (t) => {
    const history = await historyOf(t);
    const names = ['kurt', 'kurt\u{1f600}', 'kurt\uffff', 'kur', 'Kurt', 'kusr'];
    await history.write(
      names.map((user, i) => pastVisit(`v${i}`, { user, closedAt: -i })),
      [],
    );
    const found = (await history.sessions({ user: 'kurt' })).items.map(({ user }) => user);
    assert.deepEqual(found, names.slice(0, 3));
  });

  it('finds the same among many as among few, with every filter', async (t) => {
    const history = await historyOf(t);
    const many = HISTORY_LIMITS.countAtOnce + 2_000;
    const transfers = Array.from({ length: many }, (_, i) => {
      const user = i % 50 === 0 ? null : `ann${i % 3}`;
      const client = i % 2 === 0 ? `203.0.113.${i % 200}` : `2001:db8::${i % 7}`;
      return pastTransfer(`t${i}`, { user, client, startedAt: i, ms: 0, ok: i % 5 > 0 });
    });
    await history.write([], transfers);
    const filters: [Parameters<HistoryStore['transfers']>[0], (one: TransferView) => boolean][] = [
      [{ user: 'ann' }, ({ user }) => user !== null],
      [{ user: 'ann1' }, ({ user }) => user === 'ann1'],
      [{ user: 'ann', address: '203.0.113.0/24' }, ({ user, id }) => user !== null && isEven(id)],
      [{ user: 'ann', ok: false }, isFailed],
      [{ address: '2', user: 'b' }, () => false],
      [{ address: '203.0.113.2' }, ({ client }) => client === '203.0.113.2'],
      [{ direction: 'upload', ok: true }, () => false],
      [{ user: 'ann', ok: false, since: 500, until: 700 }, isFailedThen],
      [
        { user: 'ann', ok: false, since: many - 9 },
        (one) => isFailed(one) && one.startedAt >= many - 9,
      ],
    ];
    for (const [filter, isMeant] of filters) {
      const expected = transfers.filter(isMeant).map(({ id }) => id);
      assert.deepEqual(
        await walked(history, filter),
        expected.toReversed(),
        JSON.stringify(filter),
      );
    }
  });

  it('has a visit with its findings or not at all', async (t) => {
    const history = await historyOf(t);
    const visit = pastVisit('a', { findings: ['one'] });
    const impossible = { code: 'x', at: null as unknown as number, facts: {} };
    await assert.rejects(history.write([{ ...visit, findings: [impossible] }], []));
    assert.equal(await history.visit('a'), undefined);
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
});
