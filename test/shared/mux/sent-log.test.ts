import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import type { Lease } from '../../../shared/lease.ts';
import type { Carrier } from '../../../shared/mux/carrier.ts';
import { KeptBytes, SentLog } from '../../../shared/mux/sent-log.ts';
import { unmask } from '../../../shared/net/masking.ts';
import { MemoryCarrier } from '../../support/memory-carrier.ts';

const ended = (): MemoryCarrier => {
  const carrier = new MemoryCarrier();
  carrier.terminate();
  return carrier;
};

test('what was acknowledged is forgotten, frame by frame, and the carriers it was on are told', () => {
  const kept = new KeptBytes(100);
  const log = new SentLog(kept);
  const [a, b] = [ended(), ended()];
  log.add(0, Buffer.alloc(10), undefined, a);
  log.add(10, Buffer.alloc(10), undefined, b);
  log.add(20, Buffer.alloc(10), undefined, a);
  const arrived: Carrier[] = [];
  log.acknowledge(25, (carrier) => arrived.push(carrier));
  assert.deepEqual(arrived, [a, b]);
  assert.equal(kept.bytes, 10, 'half a frame that arrived is kept as a whole');
  log.acknowledge(30, () => {});
  assert.equal(kept.bytes, 0);
  assert.equal(log.isEmpty, true);
});

test('what a lost carrier had is sent again as it was, though the carrier masked it where it lay', () => {
  const log = new SentLog(new KeptBytes(100));
  const [lost, other] = [ended(), ended()];
  const bytes = Buffer.from('what was sent');
  const segment = log.add(0, bytes, undefined, lost);
  unmask(bytes, 0x01020304);
  segment.mask = 0x01020304;
  log.add(13, Buffer.from('elsewhere'), undefined, other);
  assert.equal(log.lose(lost), 13);
  const again = log.takeLost(other);
  assert.equal(Buffer.from(again?.bytes ?? []).toString(), 'what was sent');
  assert.equal(again?.offset, 0);
  assert.equal(log.takeLost(other), undefined);
});

test('an acknowledgement that comes for what waits to be sent again ends the waiting', () => {
  const log = new SentLog(new KeptBytes(100));
  const carrier = ended();
  log.add(0, Buffer.alloc(5), undefined, carrier);
  log.add(5, Buffer.alloc(5), undefined, carrier);
  log.lose(carrier);
  log.acknowledge(5, () => assert.fail('it was on no carrier'));
  assert.equal(log.takeLost(carrier)?.offset, 5);
  assert.equal(log.hasLost, false);
});

test('holds and budget are given back, also when the stream breaks', () => {
  let holds = 2;
  const lease: Lease = { size: 10, retain: () => (holds += 1), release: () => (holds -= 1) };
  const kept = new KeptBytes(15);
  const log = new SentLog(kept);
  log.add(0, Buffer.alloc(10), lease, ended());
  assert.equal(kept.isFull, false);
  log.add(10, Buffer.alloc(10), lease, ended());
  assert.equal(kept.isFull, true);
  log.clear();
  assert.deepEqual([holds, kept.bytes], [0, 0]);
});
