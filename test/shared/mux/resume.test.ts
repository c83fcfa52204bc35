import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { GRACE, LinkPair } from '../../support/link-pair.ts';
import { memoryCarriers } from '../../support/memory-carrier.ts';
import type { StreamRecorder } from '../../support/stream-recorder.ts';

const KiB = 1024;

/** Bytes that tell where they belong. */
const numbered = (length: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8)) % 251));

const received = (recorder: StreamRecorder | undefined): Buffer =>
  Buffer.concat(recorder?.chunks ?? []);

/** A download: a stream the relay opened, on which the agent sends. */
function download(pair: LinkPair) {
  const { recorder } = pair.relay.open();
  pair.run();
  const sender = pair.agent.opened.at(-1)!;
  return { recorder, sender };
}

test('a transfer goes on over another carrier: nothing missing, nothing twice', () => {
  const pair = new LinkPair();
  const { recorder, sender } = download(pair);
  const file = numbered(200 * KiB);
  sender.stream.write(Uint8Array.from(file));
  sender.stream.end();
  pair.turn();
  pair.carriers[0]![0].step();
  pair.lose(0);
  assert.equal(recorder.isClosed, false);
  pair.attach();
  pair.run();
  assert.deepEqual(received(recorder), file);
  assert.ok(recorder.calls.includes('end'));
  assert.equal(recorder.broken, undefined);
  assert.deepEqual(pair.relay.lost, [{ reason: 'connection reset', left: 0 }]);
  assert.equal(pair.agent.resumed.length, 1);
  assert.equal(pair.agent.link.facts.resumes, 1);
});

test('a stream opened while there is no carrier is opened when there is one', () => {
  const pair = new LinkPair();
  pair.run();
  pair.lose(0);
  assert.equal(pair.relay.link.isWaiting, true);
  const { stream, recorder } = pair.relay.open('control');
  stream.write(Buffer.from('hello'));
  pair.attach();
  pair.run();
  assert.equal(pair.agent.opened[0]?.recorder.text, 'hello');
  assert.equal(recorder.isClosed, false);
});

test('OPEN, its data and its end that were lost together come again in their order', () => {
  const pair = new LinkPair();
  pair.run();
  const { stream, recorder } = pair.relay.open();
  stream.write(Buffer.from('upload'));
  stream.end();
  pair.turn();
  pair.lose(0);
  pair.attach();
  pair.run();
  const accepted = pair.agent.opened[0];
  assert.equal(accepted?.recorder.text, 'upload');
  accepted?.stream.end();
  pair.run();
  assert.equal(recorder.broken, undefined);
  assert.deepEqual([pair.relay.link.lingering, pair.agent.link.lingering], [0, 0]);
});

test('a reset that was lost with its carrier is a reset all the same, with its code', () => {
  const pair = new LinkPair();
  const { recorder, sender } = download(pair);
  sender.stream.resetWith(7, 'the server broke off');
  pair.turn();
  pair.lose(0);
  pair.attach();
  pair.run();
  assert.deepEqual(recorder.broken, { by: 'peer', code: 'seven', reason: 'the server broke off' });
  assert.equal(pair.agent.link.lingering, 0);
});

test('a stream given up whose OPEN never arrived leaves nothing behind', () => {
  const pair = new LinkPair();
  pair.run();
  const { stream } = pair.relay.open();
  pair.turn();
  stream.reset('thought better of it');
  pair.lose(0);
  pair.attach();
  pair.run();
  assert.equal(pair.agent.opened.length, 0);
  assert.equal(pair.relay.link.lingering, 0);
  pair.relay.open();
  pair.run();
  assert.equal(pair.agent.opened.length, 1);
});

test('after the grace every stream is broken, with why the last carrier was lost', () => {
  const pair = new LinkPair();
  const { recorder, sender } = download(pair);
  pair.lose(0);
  pair.pass(GRACE - 1000);
  assert.equal(recorder.isClosed, false);
  pair.pass(1000);
  const broken = { by: 'carrier', code: 'link-lost', reason: 'connection reset' };
  assert.deepEqual(recorder.broken, broken);
  assert.equal(sender.recorder.broken?.code, 'link-lost');
  assert.equal(pair.relay.closes.length, 1);
});

test('a link that is closed tells the peer on every carrier, and nobody waits', () => {
  const pair = new LinkPair(3);
  const { recorder } = download(pair);
  pair.agent.link.close('stopped', 'the agent is stopping', 9);
  pair.run();
  assert.deepEqual(recorder.broken, {
    by: 'carrier',
    code: 'nine',
    reason: 'the agent is stopping',
  });
  const why = { by: 'peer', code: 'nine', reason: 'the agent is stopping', number: 9 };
  assert.deepEqual(pair.relay.closes, [why]);
  assert.deepEqual(pair.agent.closes, [{ by: 'self', code: 'stopped', reason: why.reason }]);
});

test('a carrier that comes to a closed link is ended', () => {
  const pair = new LinkPair();
  pair.agent.link.close();
  pair.run();
  const [carrier] = memoryCarriers();
  pair.agent.link.attach(carrier);
  carrier.step();
  assert.equal(pair.agent.link.carrierCount, 0);
});

test('GOAWAY that was lost is said again', () => {
  const pair = new LinkPair();
  pair.run();
  pair.relay.link.goAway(9, 'draining');
  pair.lose(0);
  pair.attach();
  pair.run();
  assert.deepEqual(pair.agent.goneAway, [9]);
});

test('a silent carrier is given up after 15 s, and the transfer goes on over the other', () => {
  const pair = new LinkPair(2);
  const { recorder, sender } = download(pair);
  pair.pass(1000);
  sender.stream.write(numbered(100));
  // The second is bulk's: what is on it never arrives.
  pair.pass(16_000, [pair.carriers[0]!]);
  assert.deepEqual(received(recorder), numbered(100));
  assert.equal(pair.agent.link.carrierCount, 1);
});

test('a carrier that stalls while the other answers is given up within seconds', () => {
  const pair = new LinkPair(2);
  const { recorder, sender } = download(pair);
  pair.pass(4_000);
  sender.stream.write(numbered(100));
  pair.pass(9_000, [pair.carriers[0]!]);
  assert.deepEqual(received(recorder), numbered(100));
  assert.ok(pair.agent.link.facts.stalls + pair.relay.link.facts.stalls >= 1);
});

test('if no carrier answers none is given up before its time: the line is down, not a carrier', () => {
  const pair = new LinkPair(2);
  pair.pass(5_000);
  pair.pass(12_000, []);
  assert.equal(pair.agent.link.carrierCount, 2);
  pair.pass(4_000, []);
  assert.equal(pair.agent.link.carrierCount, 0);
  assert.equal(pair.agent.link.facts.stalls, 0);
});

test('a carrier too many takes the place of the most silent', () => {
  const pair = new LinkPair(3, { carriers: 3 });
  pair.pass(6_000, pair.carriers.slice(1));
  pair.attach();
  pair.run();
  assert.equal(pair.relay.link.carrierCount, 3);
  assert.equal(pair.relay.link.facts.carriersLost, 1);
});

test('carriers that nothing is under way on are retired, which is no loss; the lead never', () => {
  const pair = new LinkPair(4);
  const { recorder, sender } = download(pair);
  pair.run();
  pair.agent.link.retire(9);
  pair.run();
  assert.equal(pair.agent.link.carrierCount, 1);
  assert.equal(pair.relay.link.carrierCount, 1);
  assert.deepEqual([pair.agent.lost, pair.relay.lost], [[], []]);
  assert.equal(pair.relay.link.facts.carriersLost, 0);
  sender.stream.write(numbered(50));
  pair.carriers.splice(1);
  pair.run();
  assert.deepEqual(received(recorder), numbered(50));
});

test('control never waits behind bulk: they have carriers of their own', () => {
  const pair = new LinkPair(2);
  const { sender } = download(pair);
  const control = pair.relay.open('control');
  pair.run();
  sender.stream.write(numbered(200 * KiB));
  control.stream.write(Buffer.from('ABOR\r\n'));
  pair.agent.opened.at(-1)?.stream.write(Buffer.from('226 done\r\n'));
  pair.run([pair.carriers[0]!]);
  assert.equal(pair.agent.opened.at(-1)?.recorder.text, 'ABOR\r\n');
  assert.equal(control.recorder.text, '226 done\r\n');
});

test('a stream stays on one carrier while that keeps up, and uses all when it does not', () => {
  const pair = new LinkPair(4, { carrierBacklog: 64 * KiB, dataPayload: 16 * KiB });
  const { recorder, sender } = download(pair);
  const sentOn = () => pair.carriers.map(([agent]) => agent.bytesSent);
  const before = sentOn();
  sender.stream.write(numbered(150 * KiB));
  pair.turn();
  const busy = sentOn().filter((bytes, at) => bytes - (before[at] ?? 0) > KiB);
  assert.equal(busy.length, 1, 'one carrier is enough');
  pair.now += 2_000;
  sender.stream.write(numbered(1));
  pair.turn();
  const spread = sentOn().filter((bytes, at) => bytes - (before[at] ?? 0) > KiB);
  assert.equal(spread.length, 3, 'all but the lead help');
  pair.run(pair.carriers.toReversed());
  assert.deepEqual(received(recorder), Buffer.concat([numbered(150 * KiB), numbered(1)]));
});

test('a thousand readers that stop hold no more than the budget, and cost the others nothing', () => {
  const linkWindows = 8192 * KiB;
  const pair = new LinkPair(2, { linkWindows });
  const slow = Array.from({ length: 1000 }, () => {
    const { stream } = pair.relay.open();
    stream.pause();
    return stream;
  });
  pair.run();
  for (const { stream } of pair.agent.opened) stream.write(Buffer.alloc(300 * KiB));
  pair.run();
  const held = slow.reduce((sum, stream) => sum + stream.bytesHeld, 0);
  assert.ok(held > linkWindows / 2, 'they do hold something');
  assert.ok(held <= linkWindows + slow.length * 64 * KiB, `${held} bytes held`);
  assert.ok(pair.agent.link.facts.unacknowledged <= linkWindows + 256 * KiB);
  pair.pass(2_000);
  assert.equal(pair.agent.link.facts.unacknowledged, 0, 'received is acknowledged, read or not');
  const { recorder, sender } = download(pair);
  for (let block = 0; block < 8; block += 1) {
    sender.stream.write(numbered(256 * KiB));
    pair.run();
  }
  assert.equal(recorder.bytes, 2048 * KiB);
  for (const stream of slow) stream.reset('enough');
  pair.run();
  assert.equal(
    pair.relay.link.facts.windows,
    recorder.isClosed ? 0 : pair.relay.link.facts.largestWindow,
  );
});

test('an end that is kept by a peer which never acknowledges stops at the budget', () => {
  const pair = new LinkPair(1, { linkWindows: 256 * KiB, streamBacklog: 1 << 30 });
  const downloads = Array.from({ length: 8 }, () => download(pair));
  // From here on the relay's answers are lost.
  const [agent] = pair.carriers[0]!;
  for (const { sender } of downloads) sender.stream.write(Buffer.alloc(128 * KiB));
  pair.turn();
  while (agent.step());
  pair.turn();
  assert.ok(pair.agent.link.facts.unacknowledged <= 512 * KiB);
  pair.run();
  for (const { recorder } of downloads) assert.equal(recorder.bytes, 128 * KiB);
});

test('that bytes move in earnest is told once a tick', () => {
  const pair = new LinkPair(2);
  const { sender } = download(pair);
  sender.stream.write(numbered(200));
  pair.run();
  assert.equal(pair.agent.busy, 0);
  for (let count = 0; count < 4; count += 1) {
    sender.stream.write(numbered(256 * KiB));
    pair.run();
  }
  assert.equal(pair.agent.busy, 1);
  assert.equal(pair.relay.busy, 1);
});
