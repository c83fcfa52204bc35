import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HistoryWriter } from '../../../relay-server/history/writer.ts';
import { csvHead, csvLine } from '../../../relay-server/history/csv.ts';
import { HISTORY_LIMITS } from '../../../shared/limits.ts';
import { recordedLog } from '../certificates/fixtures.ts';
import { pastTransfer, pastVisit } from './fixtures.ts';

/** A store that remembers what it was given, or fails. */
function bench(fail = false) {
  const written: string[] = [];
  const log = recordedLog();
  const writer = new HistoryWriter({
    store: {
      write: async (visits, transfers) => {
        if (fail) throw new Error('the disk is full');
        written.push(...visits.map(({ past }) => past.id), ...transfers.map(({ id }) => id));
      },
    },
    logger: log.logger,
  });
  return { writer, written, log };
}

describe('the writer of history', () => {
  it('has written everything when it is asked to finish, in order', async () => {
    const { writer, written } = bench();
    for (const id of ['a', 'b', 'c']) writer.closed(pastVisit(id));
    writer.transferEnded(pastTransfer('t'));
    assert.deepEqual(written, [], 'whoever tells it something does not wait');
    await writer.flush();
    assert.deepEqual(written, ['a', 'b', 'c', 't']);
    assert.deepEqual(writer.counts, { waiting: 0, dropped: 0 });
  });

  it('drops the oldest where more wait than it may hold, and says so once', async () => {
    const { writer, written, log } = bench();
    const more = 10;
    for (let i = 0; i < HISTORY_LIMITS.waiting + more; i++) {
      writer.transferEnded(pastTransfer(`t${i}`));
    }
    assert.deepEqual(writer.counts, { waiting: HISTORY_LIMITS.waiting, dropped: more });
    await writer.flush();
    assert.equal(written[0], `t${more}`);
    assert.equal(log.lines.filter((one) => one['event'] === 'history-dropped').length, 1);
  });

  it('counts and logs what a failing store lost, and goes on', async () => {
    const { writer, log } = bench(true);
    writer.closed(pastVisit('a'));
    await writer.flush();
    assert.equal(writer.counts.dropped, 1);
    const told = log.lines.find((one) => one['event'] === 'history-failed');
    assert.equal(told?.['visits'], 1);
  });
});

describe('transfers as CSV', () => {
  it('quotes what needs it and leaves the rest alone', () => {
    const line = csvLine(pastTransfer('t', { name: 'a "b", c\nd', size: 7 }));
    assert.match(line, /,"a ""b"", c\nd",download,100,7,226,yes,,s\r\n$/);
    assert.equal(csvHead().split(',').length, 14);
  });

  for (const sign of ['=', '+', '-', '@', '\t', '\r']) {
    it(`does not let a name that begins with ${JSON.stringify(sign)} become a formula`, () => {
      const line = csvLine(
        pastTransfer('t', { name: `${sign}cmd|' /C calc'!A0`, user: `${sign}1` }),
      );
      assert.ok(!new RegExp(`(^|,)"?[=+@\\t\\r-]`).test(line), line);
    });
  }
});
