import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkView } from '../../../relay-server/agents/link-view.ts';
import { carrierFacts, linkFacts, shownLink } from '../../support/links.ts';

const NOW = { link: 90_000.4, wall: 1_700_000_000_000 };

test('times of a link are told by the clock on the wall, in whole milliseconds', () => {
  const carriers = [carrierFacts({ id: 3, since: 30_000.1, roundTrip: undefined })];
  const view = linkView(linkFacts({ carriers }), NOW, 5);
  assert.deepEqual(view.carriers, [
    {
      id: 3,
      since: 1_699_999_940_000,
      roundTrip: null,
      backlog: 0,
      sent: 0,
      received: 0,
    },
  ]);
  assert.deepEqual([view.carrierCount, view.waitingSince, view.lastResumedAt], [1, null, 5]);
});

test('a link without a carrier says since when it waits, and keeps what it has counted', () => {
  const facts = linkFacts({ carriers: [], waitingSince: 88_000, carriersLost: 7, resent: 9 });
  const { waitingSince, ...counts } = linkView(facts, NOW, undefined);
  assert.equal(waitingSince, 1_699_999_998_000);
  const { waitingSince: _none, ...expected } = shownLink({ carrierCount: 0, carriers: [] });
  assert.deepEqual(counts, { ...expected, carriersLost: 7, resent: 9 });
});
