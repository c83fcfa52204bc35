import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { recordText } from '../../../relay-server/store/record-text.ts';
import type { SessionRecord, TimedEvent } from '../../../shared/diagnosis/record.ts';
import { pastVisit } from './fixtures.ts';

function recordOf(texts: readonly string[], omitted = 0): SessionRecord {
  const events = texts.map((argument, at): TimedEvent => {
    return { at, event: { type: 'command', verb: 'RETR', argument } };
  });
  return { ...pastVisit('v').record, events, omitted };
}

describe('the record of a visit as text', () => {
  it('is the whole record where that is short enough', () => {
    const record = recordOf(['a', 'b', 'c']);
    assert.deepEqual(JSON.parse(recordText(record)), record);
  });

  it('keeps what came first and last, in order, counts the rest, and is never too long', () => {
    const most = 2_000;
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 200 }), { maxLength: 60 });
    fc.assert(
      fc.property(texts, fc.nat(1_000), (all, omitted) => {
        const record = recordOf(all, omitted);
        const text = recordText(record, most);
        assert.ok(text.length <= most, `${text.length}`);
        const { events, ...read } = JSON.parse(text) as SessionRecord;
        const gone = all.length - events.length;
        assert.equal(read.omitted, omitted + gone);
        const missing = record.events.filter(({ at }) => !events.some((one) => one.at === at));
        const [first] = missing;
        const kept = record.events.filter((one) => !missing.includes(one));
        assert.deepEqual(events, JSON.parse(JSON.stringify(kept)));
        if (first === undefined) return;
        const gap = missing.map(({ at }) => at);
        assert.deepEqual(
          gap,
          gap.map((_, i) => first.at + i),
          'one gap',
        );
      }),
    );
  });
});
