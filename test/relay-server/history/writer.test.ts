import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HistoryWriter } from '../../../relay-server/history/writer.ts';
import { HISTORY_LIMITS } from '../../../relay-server/watch-limits.ts';
import { recordedLog } from '../certificates/fixtures.ts';
import { lineLoss, pastTransfer, pastVisit } from './fixtures.ts';

/** A store that remembers what it was given, fails, or takes its time. */
function bench() {
  const store = { written: [] as string[], batches: 0, fails: false, ready: Promise.resolve() };
  const log = recordedLog();
  const writer = new HistoryWriter({
    store: {
      write: async (visits, transfers, lineLosses = []) => {
        store.batches += 1;
        await store.ready;
        if (store.fails) throw new Error('the disk is full');
        store.written.push(...visits.map(({ past }) => past.id));
        store.written.push(...[...transfers, ...lineLosses].map(({ id }) => id));
      },
    },
    logger: log.logger,
  });
  const told = (): unknown[] => log.lines.map(({ event }) => event);
  return { writer, store, log, told };
}

describe('the writer of history', () => {
  it('has written everything when it is asked to finish, in order and together', async () => {
    const { writer, store } = bench();
    for (const id of ['a', 'b', 'c']) writer.closed(pastVisit(id));
    writer.transferEnded(pastTransfer('t'));
    writer.lineLost(lineLoss('l'));
    assert.deepEqual(store.written, [], 'whoever tells it something does not wait');
    await writer.flush();
    assert.deepEqual(store.written, ['a', 'b', 'c', 't', 'l']);
    assert.equal(store.batches, 1);
    assert.deepEqual(writer.counts, { waiting: 0, dropped: 0 });
  });

  it('writes by itself, also what comes while it writes', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { writer, store } = bench();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.ready = promise;
    writer.closed(pastVisit('a'));
    t.mock.timers.tick(HISTORY_LIMITS.writeEvery);
    writer.closed(pastVisit('b'));
    t.mock.timers.tick(HISTORY_LIMITS.writeEvery);
    assert.equal(store.batches, 1, 'one at a time');
    resolve();
    // What is done when the first is written takes a few turns of promises.
    while (store.written.length === 0) await promise;
    await new Promise((done) => setImmediate(done));
    t.mock.timers.tick(HISTORY_LIMITS.writeEvery);
    await new Promise((done) => setImmediate(done));
    assert.deepEqual(store.written, ['a', 'b']);
  });

  it('finishes what is under way before it has finished', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { writer, store } = bench();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.ready = promise;
    writer.closed(pastVisit('a'));
    t.mock.timers.tick(HISTORY_LIMITS.writeEvery);
    writer.closed(pastVisit('b'));
    const flushed = writer.flush();
    resolve();
    await flushed;
    assert.deepEqual(store.written, ['a', 'b']);
  });

  it('drops the oldest where more wait than it may hold, and says when it begins and ends', async () => {
    const { writer, store, told } = bench();
    const more = 10;
    for (let i = 0; i < HISTORY_LIMITS.waiting + more; i++) {
      writer.transferEnded(pastTransfer(`t${i}`));
    }
    assert.deepEqual(writer.counts, { waiting: HISTORY_LIMITS.waiting, dropped: more });
    await writer.flush();
    assert.equal(store.written[0], `t${more}`);
    assert.deepEqual(told(), ['history-dropped', 'history-kept-again']);
    for (let i = 0; i <= HISTORY_LIMITS.waiting; i++) writer.closed(pastVisit(`v${i}`));
    assert.deepEqual(told().slice(2), ['history-dropped'], 'the next time it is said again');
    await writer.flush();
  });

  it('counts what a failing store lost, says so once, and goes on', async () => {
    const { writer, store, log, told } = bench();
    store.fails = true;
    for (const id of ['a', 'b']) {
      writer.closed(pastVisit(id));
      writer.transferEnded(pastTransfer(`t${id}`));
      await writer.flush();
    }
    assert.equal(writer.counts.dropped, 4);
    assert.deepEqual(told(), ['history-failed']);
    store.fails = false;
    writer.closed(pastVisit('c'));
    await writer.flush();
    assert.deepEqual(store.written, ['c']);
    assert.partialDeepStrictEqual(log.lines[1], { event: 'history-kept-again', lost: 4 });
  });
});
