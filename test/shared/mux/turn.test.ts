import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turn } from '../../../shared/mux/turn.ts';

function byHand(): { turn: Turn; due: (() => void)[] } {
  const due: (() => void)[] = [];
  return { turn: new Turn((run) => due.push(run)), due };
}

test('one deferred function a turn, and each is told once', () => {
  const { turn, due } = byHand();
  let told = 0;
  const teller = { tell: () => (told += 1) };
  turn.tellLater(teller);
  turn.tellLater(teller);
  assert.equal(told, 0);
  assert.equal(due.length, 1);
  due.shift()?.();
  assert.equal(told, 1);
  assert.equal(due.length, 0);
});

test('afterAll waits for those who were added meanwhile', () => {
  const { turn, due } = byHand();
  const order: string[] = [];
  turn.afterAll(() => order.push('last'));
  turn.tellLater({
    tell: () => {
      order.push('first');
      turn.tellLater({ tell: () => order.push('second') });
    },
  });
  while (due.length > 0) due.shift()?.();
  assert.deepEqual(order, ['first', 'second', 'last']);
});

test('one consumer that throws does not silence the others', () => {
  const { turn, due } = byHand();
  let told = false;
  turn.tellLater({
    tell: () => {
      throw new Error('a bug above');
    },
  });
  turn.tellLater({ tell: () => (told = true) });
  assert.throws(() => due.shift()?.(), /a bug above/);
  due.shift()?.();
  assert.ok(told);
});
