import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import type { Attempt, Message } from '../../../relay-server/alerts/channel.ts';
import { DeliveryLog } from '../../../relay-server/alerts/delivery-log.ts';
import { DeliveryQueue } from '../../../relay-server/alerts/queue.ts';
import { ALERT_LIMITS } from '../../../relay-server/watch-limits.ts';
import { HandTimers } from '../../support/fake-channel.ts';
import { MESSAGE } from './fixtures.ts';

const DELIVERED: Attempt = { is: 'delivered', detail: 'ok' };
const FAILED: Attempt = { is: 'failed', detail: 'HTTP 500' };
const REFUSED: Attempt = { is: 'refused', detail: 'HTTP 400' };

/** A queue on a clock of the test, whose receiver answers what the test says. */
function bench(...answers: readonly Attempt[]) {
  const timers = new HandTimers();
  const log = new DeliveryLog();
  const sent: { id: string; at: number }[] = [];
  const now = (): number => MESSAGE.at + timers.now();
  const queue = new DeliveryQueue({
    channel: 'webhook',
    log,
    now,
    after: (ms, expired) => timers.after(ms, expired),
    send: async ({ id }) => {
      sent.push({ id, at: timers.now() });
      return answers[sent.length - 1] ?? answers.at(-1) ?? DELIVERED;
    },
  });
  return {
    queue,
    sent,
    timers,
    ids: () => sent.map(({ id }) => id),
    results: () => log.entries.map(({ result }) => result).toReversed(),
    push: async (...ids: readonly string[]) => {
      for (const id of ids) queue.push(message(id, now()));
      await turn();
    },
    /** Time passes until the next attempt is made. */
    wait: async (): Promise<number> => {
      const before = timers.now();
      const { length } = sent;
      while (sent.length === length && timers.waiting > 0) timers.advance(100, () => {});
      await turn();
      return timers.now() - before;
    },
  };
}

function message(id: string, at = MESSAGE.at): Message {
  return { ...MESSAGE, id, at };
}

test('alerts go out one after the other, in order', async () => {
  const { push, ids, queue } = bench();
  await push('a', 'b', 'c');
  await turn();
  assert.deepEqual(ids(), ['a', 'b', 'c']);
  assert.deepEqual(queue.numbers, { waiting: 0, delivered: 3, failed: 0, givenUp: 0 });
});

test('one that fails is sent again with growing waits, and those behind it wait', async () => {
  const { push, wait, ids, results, timers } = bench(FAILED, FAILED, FAILED, FAILED, DELIVERED);
  await push('a', 'b');
  const { firstRetry } = ALERT_LIMITS;
  for (const factor of [1, 2, 4, 8]) {
    const waited = await wait();
    assert.ok(waited >= (firstRetry * factor) / 2, `${waited} after ${factor}`);
    assert.ok(waited <= firstRetry * factor + 100, `${waited} after ${factor}`);
  }
  assert.deepEqual(ids(), ['a', 'a', 'a', 'a', 'a', 'b']);
  assert.deepEqual(results(), [...Array<string>(4).fill('failed'), 'delivered', 'delivered']);
  assert.equal(timers.waiting, 0);
});

test('one that is refused is not sent again, and the next has its turn', async () => {
  const { push, ids, results, timers, queue } = bench(REFUSED, DELIVERED);
  await push('a', 'b');
  assert.deepEqual(ids(), ['a', 'b']);
  assert.deepEqual(results(), ['refused', 'delivered']);
  assert.equal(timers.waiting, 0);
  assert.deepEqual(queue.numbers, { waiting: 0, delivered: 1, failed: 1, givenUp: 1 });
});

test('one that cannot be delivered within a day is given up, after a bounded number of attempts', async () => {
  const { push, wait, results, sent, timers, queue } = bench(FAILED);
  await push('a');
  while (queue.numbers.waiting > 0) await wait();
  const age = sent.at(-1)?.at ?? 0;
  assert.ok(age >= ALERT_LIMITS.giveUp && age < ALERT_LIMITS.giveUp + 2 * ALERT_LIMITS.lastRetry);
  assert.ok(sent.length >= 24 && sent.length < 70, String(sent.length));
  assert.equal(results().at(-1), 'given-up');
  assert.equal(timers.waiting, 0);
});

test('of too many that wait the oldest is given up, and never the one under way', async () => {
  const { push, wait, ids, queue } = bench(FAILED, DELIVERED);
  await push('a');
  await push(...Array.from({ length: ALERT_LIMITS.queue }, (_, i) => `n${i}`));
  assert.equal(queue.numbers.waiting, ALERT_LIMITS.queue);
  assert.equal(queue.numbers.givenUp, 1);
  await wait();
  await turn();
  assert.deepEqual(ids().slice(0, 3), ['a', 'n0', 'n1']);
});

test('a receiver that was set up anew is tried at once', async () => {
  const { push, ids, queue, timers } = bench(FAILED, DELIVERED);
  await push('a');
  assert.equal(timers.waiting, 1);
  queue.again();
  await turn();
  assert.deepEqual([ids(), timers.waiting], [['a', 'a'], 0]);
});

test('what waits is forgotten when the channel is switched off, and when the relay ends', async () => {
  for (const end of ['clear', 'close'] as const) {
    const { push, ids, queue, timers } = bench(FAILED);
    await push('a', 'b');
    queue[end]();
    await turn();
    assert.deepEqual([ids(), timers.waiting, queue.numbers.waiting], [['a'], 0, 0], end);
    await push('c');
    assert.equal(ids().length, end === 'clear' ? 2 : 1);
  }
});

test('the log keeps the last attempts only', () => {
  const log = new DeliveryLog();
  for (let i = 0; i < ALERT_LIMITS.log + 5; i++) {
    const attempt = { at: i, channel: 'mail', attempt: 1, result: 'failed', detail: '' } as const;
    log.add({ ...attempt, message: message(`m${i}`) });
  }
  assert.equal(log.entries.length, ALERT_LIMITS.log);
  assert.equal(log.entries[0]?.message.id, `m${ALERT_LIMITS.log + 4}`);
});
