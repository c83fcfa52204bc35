import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLineDown, lineText, linesText } from '../../../relay-server/cli/line-words.ts';
import { shownLink } from '../../support/links.ts';
import { agent } from '../../support/fixture-api/tunnels.ts';

const CONNECTED = { ...agent(0, true), roundTrip: 23.4 };

test('the line to an agent is told in short', () => {
  const link = shownLink({ carrierCount: 5, resumes: 2 });
  assert.equal(lineText({ ...CONNECTED, link }), '5 carriers, 23 ms, resumed 2 times');
  const young = { ...CONNECTED, roundTrip: null, link: shownLink() };
  assert.equal(lineText(young), '1 carrier');
});

test('a line that is down is said to be waited for, and since when', () => {
  const link = shownLink({ carrierCount: 0, carriers: [], waitingSince: 1_000, resumes: 1 });
  const waiting = { ...CONNECTED, link };
  assert.ok(isLineDown(waiting));
  assert.equal(
    lineText(waiting),
    'waiting for the agent since 1970-01-01 00:00:01 UTC, resumed once',
  );
});

test('agents that are away have no line, nor have those of a relay that does not tell', () => {
  const away = { ...agent(0, false), link: null };
  assert.deepEqual([lineText(away), isLineDown(away), linesText([away])], ['-', false, '-']);
  const { link: _none, ...older } = CONNECTED;
  assert.equal(lineText(older as typeof CONNECTED), '-');
  const both = [away, { ...CONNECTED, link: shownLink() }, { ...CONNECTED, link: shownLink() }];
  assert.equal(linesText(both), '1 carrier, 23 ms; 1 carrier, 23 ms');
});
