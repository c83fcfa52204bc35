import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { Retention, type RetentionOptions } from '../../../relay-server/history/retention.ts';
import type { HistoryStore } from '../../../relay-server/store/history.ts';
import { HISTORY_LIMITS } from '../../../relay-server/watch-limits.ts';
import { recordedLog } from '../certificates/fixtures.ts';
import { freshStore } from '../fixtures.ts';
import { lineLoss, pastTransfer, pastVisit } from './fixtures.ts';

const DAY = 86_400_000;

interface Bench {
  readonly history: HistoryStore;
  readonly log: ReturnType<typeof recordedLog>;
  readonly swept: () => number;
  readonly retention: (own?: Partial<RetentionOptions>) => Retention;
}

async function bench(t: TestContext): Promise<Bench> {
  const { history } = (await freshStore(t)).store;
  const log = recordedLog();
  let sweeps = 0;
  const bans = { sweep: async () => void sweeps++ };
  const common = { store: history, bans, days: () => 30, now: () => 41 * DAY, logger: log.logger };
  const retention: Bench['retention'] = (own) => new Retention({ ...common, ...own });
  return { history, log, swept: () => sweeps, retention };
}

/** What of each kind is there, the newest first. */
async function left(history: HistoryStore): Promise<string[]> {
  const sessions = (await history.sessions({ limit: 200 })).items.map(({ id }) => id);
  const transfers = (await history.transfers({ limit: 200 })).items.map(({ id }) => id);
  const findings = (await history.findings({ limit: 200 })).items.map(({ session }) => session);
  return [sessions.join(' '), transfers.join(' '), findings.join(' ')];
}

describe('retention of history', () => {
  it('forgets what is older than it is kept, of every kind, and nothing else', async (t) => {
    const { history, retention, swept } = await bench(t);
    await history.write(
      [0, 1, 11, 40].map((at) => pastVisit(`v${at}`, { closedAt: at * DAY, findings: ['x'] })),
      [0, 40].map((at) => pastTransfer(`t${at}`, { startedAt: at * DAY })),
      [0, 10, 40].map((at) => lineLoss(`l${at}`, { at: at * DAY })),
    );
    await retention().look();
    const losses = (await history.lineLosses({})).items.map(({ id }) => id);
    assert.deepEqual(losses, ['l40']);
    assert.deepEqual(await left(history), ['v40 v11', 't40', 'v40 v11']);
    assert.equal(swept(), 1, 'bans that are over go, too');
  });

  it('takes more steps than one where there is more', async (t) => {
    const { history, retention } = await bench(t);
    const many = HISTORY_LIMITS.forgetAtOnce * 2 + 1;
    const ids = Array.from({ length: many }, (_, i) => `t${i}`);
    await history.write(
      [],
      ids.map((id) => pastTransfer(id)),
    );
    await retention().look();
    assert.deepEqual(await left(history), ['', '', '']);
  });

  it('keeps the newest where there are too many, however they lie in time', async (t) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(1_000), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 30 }),
        async (times, rows) => {
          const { history, retention } = await bench(t);
          const ids = new Map(times.map((at) => [`t${at}`, 20 * DAY + at]));
          await history.write(
            [],
            [...ids].map(([id, startedAt]) => pastTransfer(id, { startedAt })),
          );
          await retention({ rows }).look();
          const newest = times.sort((a, b) => b - a).slice(0, rows);
          const [, transfers] = await left(history);
          assert.equal(transfers, newest.map((at) => `t${at}`).join(' '));
        },
      ),
      { numRuns: 15 },
    );
  });

  it('counts more rows than it looks at in one step', async (t) => {
    const { history } = await bench(t);
    const many = HISTORY_LIMITS.countAtOnce + 5;
    await history.write(
      [],
      Array.from({ length: many }, (_, i) => pastTransfer(`t${i}`, { startedAt: i, ms: 0 })),
    );
    const none = { sessions: 0, transfers: 0, findings: 0, lineLosses: 0 };
    assert.deepEqual(await history.excess(many), none);
    assert.equal((await history.excess(many - 2)).transfers, 2, 'those at 0 and 1 are too many');
    assert.equal((await history.excess(3)).transfers, many - 3);
  });

  it('asks anew how long history is kept', async (t) => {
    const { history, retention } = await bench(t);
    await history.write([pastVisit('v', { closedAt: 20 * DAY })], []);
    let days = 30;
    const one = retention({ days: () => days });
    await one.look();
    assert.equal((await left(history))[0], 'v');
    days = 20;
    await one.look();
    assert.equal((await left(history))[0], '');
  });

  it('says that the store failed, and tries again the next time', async (t) => {
    const { history, retention, log } = await bench(t);
    const failing = t.mock.method(history, 'forget', () => Promise.reject(new Error('disk')));
    const one = retention();
    await one.look();
    assert.deepEqual(
      log.lines.map(({ event }) => event),
      ['history-failed'],
    );
    failing.mock.restore();
    await history.write([pastVisit('v', { closedAt: 0 })], []);
    await one.look();
    assert.equal((await left(history))[0], '');
  });

  it('does nothing any more once it is stopped', async (t) => {
    const { history, retention } = await bench(t);
    await history.write(
      [],
      Array.from({ length: 300 }, (_, i) => pastTransfer(`t${i}`)),
    );
    const one = retention();
    const looked = one.look();
    await one.stop();
    await looked;
    const before = await left(history);
    await one.look();
    assert.deepEqual(await left(history), before);
  });
});
