import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReceiveCredit, SendCredit } from '../../../shared/mux/flow-control.ts';
import { MAX_OFFSET, MAX_STREAM_BYTES } from '../../../shared/mux/frame.ts';

const fault = (code: string) => ({ code });

test('what was granted can be sent, and not a byte more', () => {
  const credit = new SendCredit(10);
  assert.equal(credit.take(4), 0);
  assert.equal(credit.take(6), 4);
  assert.equal(credit.available, 0);
  assert.throws(() => credit.take(1), fault('credit-misused'));
  credit.grant(11);
  assert.equal(credit.take(1), 10);
});

test('credit that comes late or twice changes nothing', () => {
  const credit = new SendCredit(10);
  credit.grant(100);
  credit.grant(50);
  credit.grant(100);
  assert.equal(credit.available, 100);
});

test('credit overflow: at the opening and later', () => {
  assert.throws(() => new SendCredit(MAX_OFFSET), fault('credit-overflow'));
  const credit = new SendCredit(MAX_STREAM_BYTES);
  assert.throws(() => credit.grant(MAX_OFFSET), fault('credit-overflow'));
  assert.equal(credit.available, MAX_STREAM_BYTES);
});

test('acknowledgement of what was never sent', () => {
  const credit = new SendCredit(10);
  credit.take(3);
  credit.acknowledge(3);
  credit.acknowledge(1);
  assert.equal(credit.acknowledged, 3);
  assert.throws(() => credit.acknowledge(4), fault('ack-of-unsent'));
  assert.equal(credit.finish(), 3);
  credit.acknowledge(4);
  assert.throws(() => credit.acknowledge(5), fault('ack-of-unsent'));
});

test('nothing is sent after FIN', () => {
  const credit = new SendCredit(10);
  credit.finish();
  assert.throws(() => credit.take(1), fault('credit-misused'));
});

test('credit is owed for what was consumed, once it is half the window', () => {
  const credit = new ReceiveCredit(100, 100);
  credit.admit(0, 80);
  credit.advance(80);
  assert.equal(credit.owes, false, 'arrival is no consumption');
  credit.consume(49);
  assert.equal(credit.owes, false);
  credit.consume(1);
  assert.equal(credit.owes, true);
  assert.equal(credit.grant(), 150);
  assert.equal(credit.owes, false);
});

test('a window larger than the initial credit is granted at once', () => {
  const credit = new ReceiveCredit(100, 20);
  assert.equal(credit.owes, true);
  assert.equal(credit.grant(), 100);
  assert.throws(() => new ReceiveCredit(10, 20), fault('bad-limits'));
});

test('DATA beyond credit is refused by its header', () => {
  const credit = new ReceiveCredit(100, 100);
  credit.admit(0, 100);
  assert.throws(() => credit.admit(0, 101), fault('beyond-credit'));
  assert.throws(() => credit.admit(MAX_OFFSET, 1), fault('beyond-credit'));
});

test('what comes early spans a gap; only a carrier that keeps order refuses it', () => {
  const credit = new ReceiveCredit(100, 100);
  credit.admit(20, 10);
  assert.equal(credit.span, 30);
  assert.throws(() => credit.refuseGap(1), fault('data-gap'));
  credit.refuseGap(0);
  credit.advance(30);
  assert.equal(credit.span, 0);
});

test('the end is at one place only', () => {
  const credit = new ReceiveCredit(100, 100);
  credit.admit(0, 10);
  assert.throws(() => credit.finish(9), fault('final-offset-changed'));
  credit.finish(10);
  assert.equal(credit.isComplete, false, 'the bytes before it are missing');
  assert.equal(credit.acknowledge, 0);
  credit.advance(10);
  assert.equal(credit.isComplete, true);
  assert.equal(credit.acknowledge, 11);
  credit.finish(10);
  assert.throws(() => credit.finish(11), fault('final-offset-changed'));
  assert.throws(() => credit.admit(10, 1), fault('final-offset-changed'));
  credit.admit(4, 6);
});

test('no credit is owed after the end', () => {
  const credit = new ReceiveCredit(100, 100);
  credit.advance(100);
  credit.finish(100);
  credit.consume(100);
  assert.equal(credit.owes, false);
});

test('what was not received cannot be consumed', () => {
  const credit = new ReceiveCredit(100, 100);
  credit.advance(5);
  assert.throws(() => credit.consume(6), fault('credit-misused'));
});

test('credit ends at the largest offset', () => {
  const credit = new ReceiveCredit(MAX_OFFSET, MAX_STREAM_BYTES);
  credit.advance(MAX_STREAM_BYTES);
  credit.consume(MAX_STREAM_BYTES);
  assert.equal(credit.owes, false);
  assert.equal(credit.grant(), MAX_STREAM_BYTES);
});
