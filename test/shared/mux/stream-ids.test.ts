import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StreamIds } from '../../../shared/mux/stream-ids.ts';

test('the agent opens odd ids, the relay even ones', () => {
  const agent = new StreamIds('agent');
  const relay = new StreamIds('relay');
  assert.deepEqual([agent.take(), agent.take()], [1, 3]);
  assert.deepEqual([relay.take(), relay.take()], [2, 4]);
  assert.ok(agent.isOwn(4_294_967_295) && !agent.isOwn(4_294_967_294));
});

test('an id is admitted once, in rising order, from the side it belongs to', () => {
  const relay = new StreamIds('relay');
  const refused = { code: 'open-out-of-order' };
  relay.admit(1);
  relay.admit(5);
  for (const id of [5, 3, 1, 2, 6]) assert.throws(() => relay.admit(id), refused, String(id));
  relay.admit(4_294_967_295);
  assert.throws(() => relay.admit(7), refused);
});

test('every id up to the last was used, none above', () => {
  const agent = new StreamIds('agent');
  assert.equal(agent.wasUsed(1), false);
  agent.take();
  agent.admit(6);
  assert.deepEqual(
    [1, 2, 3, 4, 6, 8].map((id) => agent.wasUsed(id)),
    [true, true, false, true, true, false],
  );
});

test('it is known how many ids are left', () => {
  const ids = new StreamIds('agent');
  assert.equal(ids.left, 2 ** 31);
  ids.take();
  assert.equal(ids.left, 2 ** 31 - 1);
});
