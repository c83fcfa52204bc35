import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChannelBroken } from '../../../shared/channel.ts';
import {
  NEW_STREAM,
  canReceive,
  canWrite,
  isOver,
  nextState,
  owesEnd,
  owesFin,
  type StreamEvent,
  type StreamState,
} from '../../../shared/mux/stream-state.ts';

const BROKEN: ChannelBroken = { by: 'peer', code: 'x', reason: 'y' };

const after = (...events: StreamEvent['event'][]): StreamState => {
  let state = NEW_STREAM;
  for (const event of events) {
    state = nextState(state, event === 'broke' ? { event, broken: BROKEN } : { event });
  }
  return state;
};

test('a new stream writes and receives', () => {
  assert.ok(canWrite(NEW_STREAM) && canReceive(NEW_STREAM));
  assert.ok(!owesFin(NEW_STREAM) && !owesEnd(NEW_STREAM) && !isOver(NEW_STREAM));
});

test('half-close: sending ends, receiving goes on', () => {
  const ending = after('end-asked');
  assert.ok(!canWrite(ending) && owesFin(ending) && canReceive(ending));
  const ended = after('end-asked', 'fin-sent');
  assert.ok(!owesFin(ended) && canReceive(ended) && !isOver(ended));
});

test('half-close: receiving ends, sending goes on', () => {
  const ending = after('fin-received');
  assert.ok(!canReceive(ending) && owesEnd(ending) && canWrite(ending));
  const ended = after('fin-received', 'end-told');
  assert.ok(!owesEnd(ended) && canWrite(ended) && !isOver(ended));
});

test('over when both directions ended, in whatever order', () => {
  const orders: StreamEvent['event'][][] = [
    ['end-asked', 'fin-sent', 'fin-received', 'end-told'],
    ['fin-received', 'end-told', 'end-asked', 'fin-sent'],
    ['end-asked', 'fin-received', 'fin-sent', 'end-told'],
    ['fin-received', 'end-asked', 'end-told', 'fin-sent'],
  ];
  for (const order of orders) {
    assert.equal(isOver(after(...order.slice(0, 3))), false);
    assert.deepEqual(after(...order), { is: 'over', broken: undefined });
  }
});

test('a break ends both directions; the first reason stays', () => {
  const broken = after('end-asked', 'broke');
  assert.deepEqual(broken, { is: 'over', broken: BROKEN });
  const again = nextState(broken, { event: 'broke', broken: { ...BROKEN, code: 'later' } });
  assert.equal(again, broken);
});

test('an event that does not apply changes nothing', () => {
  for (const event of ['fin-sent', 'end-told'] as const) assert.equal(after(event), NEW_STREAM);
  const ended = after('end-asked', 'fin-sent');
  assert.equal(nextState(ended, { event: 'end-asked' }), ended);
  assert.equal(nextState(ended, { event: 'fin-sent' }), ended);
  const told = after('fin-received', 'end-told');
  assert.equal(nextState(told, { event: 'fin-received' }), told);
});
