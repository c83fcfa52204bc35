import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import type { ChannelConsumer } from '../../../shared/channel.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { StreamRecorder } from '../../support/stream-recorder.ts';

const KiB = 1024;

/** A started stream the peer opened, with everything said so far forgotten. */
function started(priority: 'control' | 'bulk' = 'bulk', credit = 1024 * KiB) {
  const peer = new RawPeer();
  const stream = peer.accept(1, credit, priority === 'control' ? 1 : 0);
  const recorder = StreamRecorder.on(stream);
  peer.turn();
  peer.take();
  return { peer, stream, recorder };
}

test('OPEN grants the window, says the priority, and data follows within the initial credit', () => {
  const peer = new RawPeer('agent');
  const stream = peer.link.open(Buffer.from('req'), { priority: 'control' });
  assert.equal(stream.write(Buffer.alloc(70 * KiB)), true);
  assert.deepEqual(peer.take(), [
    'open stream=1 offset=65536 flags=0x01 length=3 req',
    'data stream=1 offset=0 length=65536',
  ]);
  peer.send('credit', 1, 71 * KiB);
  assert.deepEqual(peer.take(), ['data stream=1 offset=65536 length=6144']);
  peer.link.open(Buffer.alloc(0), { priority: 'bulk' });
  assert.deepEqual(peer.take(), ['open stream=3 offset=262144']);
});

test('accepting a bulk stream raises its credit to the window and acknowledges', () => {
  const peer = new RawPeer();
  const bulk = peer.accept();
  peer.send('data', 1, 0, 'early');
  assert.deepEqual(peer.take(), [], 'nothing is granted before it is accepted');
  const recorder = StreamRecorder.on(bulk);
  assert.deepEqual(recorder.calls, [], 'start calls nobody');
  peer.turn();
  assert.equal(recorder.text, 'early');
  assert.deepEqual(peer.take(), ['credit stream=1 offset=262144', 'ack stream=1 offset=5']);
});

test('accepting a control stream acknowledges; its window is the initial credit', () => {
  const peer = new RawPeer();
  StreamRecorder.on(peer.accept(1, 0, 1));
  assert.deepEqual(peer.take(), ['ack stream=1 offset=0']);
});

test('credit follows consumption, in halves of the window, with an ACK', () => {
  const { peer, stream, recorder } = started('control');
  stream.pause();
  peer.send('data', 1, 0, Buffer.alloc(40 * KiB));
  peer.turn();
  assert.equal(recorder.bytes, 0);
  assert.deepEqual(peer.take(), [], 'arrival earns nothing');
  stream.resume();
  peer.turn();
  assert.deepEqual(peer.take(), ['credit stream=1 offset=106496', 'ack stream=1 offset=40960']);
  peer.send('data', 1, 40 * KiB, Buffer.alloc(31 * KiB));
  assert.deepEqual(peer.take(), []);
});

test('delivery goes straight through: the consumer gets views of the chunk', () => {
  const { peer, recorder } = started();
  const chunk = Buffer.from('02000000000000000000000100000003616263', 'hex');
  peer.bytes(chunk);
  assert.equal(recorder.chunks[0]?.buffer, chunk.buffer);
  assert.equal(recorder.text, 'abc');
});

test('what is written is sent as it is, large chunks in views of it', () => {
  const { peer, stream } = started();
  const chunk = Buffer.alloc(600 * KiB);
  stream.write(chunk);
  assert.deepEqual(peer.take(), [
    'data stream=1 offset=0 length=262144',
    'data stream=1 offset=262144 length=262144',
    'data stream=1 offset=524288 length=90112',
  ]);
  assert.ok(peer.payloads.every((payload) => payload.buffer === chunk.buffer));
});

test('pausing within a delivery holds what follows, resuming delivers it in order', () => {
  const { peer, stream, recorder } = started();
  recorder.onData = () => stream.pause();
  peer.send('data', 1, 0, 'one');
  peer.send('data', 1, 3, 'two');
  peer.send('data', 1, 6, 'three');
  peer.send('fin', 1, 11);
  assert.equal(recorder.text, 'one');
  stream.resume();
  assert.equal(recorder.text, 'one', 'resume calls nobody');
  peer.turn();
  assert.equal(recorder.text, 'onetwo');
  recorder.onData = undefined;
  stream.resume();
  peer.turn();
  assert.equal(recorder.text, 'onetwothree');
  assert.deepEqual(recorder.calls, ['data', 'end']);
});

test('a paused consumer is not told of the end before it resumes', () => {
  const { peer, stream, recorder } = started();
  stream.pause();
  peer.send('fin', 1, 0);
  peer.turn();
  assert.deepEqual(recorder.calls, []);
  stream.resume();
  peer.turn();
  assert.deepEqual(recorder.calls, ['end']);
});

test('FIN stays behind its data, however long that waits for credit', () => {
  const { peer, stream, recorder } = started('bulk', 4);
  stream.write(Buffer.from('abcdefgh'));
  stream.end();
  peer.turn();
  assert.deepEqual(peer.take(), ['data stream=1 offset=0 length=4 abcd']);
  assert.deepEqual(recorder.calls, []);
  peer.send('credit', 1, 8);
  peer.turn();
  assert.deepEqual(peer.take(), ['data stream=1 offset=4 length=4 efgh', 'fin stream=1 offset=8']);
  assert.deepEqual(recorder.calls, ['flushed']);
});

test('FIN needs no credit', () => {
  const { peer, stream } = started('bulk', 0);
  stream.end();
  stream.end();
  assert.deepEqual(peer.take(), ['fin stream=1 offset=0']);
});

test('reset overtakes data, and discards it', () => {
  const { peer, stream } = started();
  const other = peer.accept(3);
  peer.flowing = false;
  peer.backlog = 1024 * KiB;
  other.write(Buffer.from('other'));
  stream.write(Buffer.alloc(100 * KiB));
  stream.end();
  stream.resetWith(7, 'stop');
  stream.write(Buffer.from('late'));
  assert.equal(stream.bytesHeld, 0);
  peer.flow();
  assert.deepEqual(peer.take(), [
    'reset stream=1 offset=7 length=4 stop',
    'data stream=3 offset=0 length=5 other',
  ]);
});

test('control overtakes bulk that waits', () => {
  const { peer, stream } = started();
  const control = peer.accept(3, KiB, 1);
  peer.flowing = false;
  peer.backlog = 1024 * KiB;
  stream.write(Buffer.from('bulk'));
  control.write(Buffer.from('NOOP'));
  peer.link.goAway(0, '');
  peer.flow();
  assert.deepEqual(peer.take(), [
    'goAway offset=0',
    'data stream=3 offset=0 length=4 NOOP',
    'data stream=1 offset=0 length=4 bulk',
  ]);
});

test('the backlog of the carrier is bounded, and its drain sends more', () => {
  const { peer, stream } = started('bulk', 64 * 1024 * KiB);
  peer.flowing = false;
  for (let i = 0; i < 16; i += 1) stream.write(Buffer.alloc(100 * KiB));
  assert.ok(peer.backlog >= 512 * KiB && peer.backlog < 768 * KiB + 64);
  const before = stream.bytesSent;
  peer.flow();
  assert.ok(stream.bytesSent > before);
});

test('a writer is stopped by a full queue and woken once when it is half empty', () => {
  const { peer, stream, recorder } = started('bulk', 0);
  assert.equal(stream.write(Buffer.alloc(255 * KiB)), true);
  assert.equal(stream.write(Buffer.alloc(KiB)), false);
  assert.equal(stream.write(Buffer.from('taken all the same')), false);
  peer.send('credit', 1, 100 * KiB);
  peer.turn();
  assert.deepEqual(recorder.calls, []);
  peer.send('credit', 1, 130 * KiB);
  peer.send('credit', 1, 140 * KiB);
  assert.deepEqual(recorder.calls, [], 'not from within');
  peer.turn();
  assert.deepEqual(recorder.calls, ['drain']);
});

test('a writer that has ended is not woken', () => {
  const { peer, stream, recorder } = started('bulk', 0);
  assert.equal(stream.write(Buffer.alloc(256 * KiB)), false);
  stream.end();
  peer.send('credit', 1, 1024 * KiB);
  peer.turn();
  assert.deepEqual(recorder.calls, ['flushed']);
});

test('no consumer is called from within its own calls', () => {
  const peer = new RawPeer();
  const stream = peer.accept();
  let within = false;
  const outside = (): void => assert.equal(within, false);
  const consumer: ChannelConsumer = {
    data: outside,
    end: outside,
    drain: outside,
    flushed: outside,
    closed: outside,
  };
  const calls = [
    () => stream.start(consumer),
    () => stream.pause(),
    () => stream.resume(),
    () => stream.write(Buffer.alloc(600 * KiB)),
    () => stream.end(),
    () => stream.reset('over'),
  ];
  peer.send('data', 1, 0, 'early');
  for (const call of calls) {
    within = true;
    call();
    within = false;
    peer.turn();
  }
});

test('a peer’s reset discards what was not delivered; closed is the last call', () => {
  const { peer, stream, recorder } = started();
  stream.pause();
  peer.send('data', 1, 0, 'never seen');
  peer.send('reset', 1, 7, 'gone');
  stream.resume();
  peer.turn();
  assert.deepEqual(recorder.calls, ['closed']);
  assert.deepEqual(recorder.broken, { by: 'peer', code: 'seven', reason: 'gone' });
  assert.deepEqual(peer.take(), [], 'a reset is not answered');
  assert.equal(peer.link.streamCount, 0);
});

test('after an orderly end of both directions the stream is gone, its last ACK is not', () => {
  const { peer, stream, recorder } = started();
  stream.end();
  peer.send('data', 1, 0, 'abc');
  peer.send('fin', 1, 3);
  peer.turn();
  assert.deepEqual(peer.take(), ['fin stream=1 offset=0', 'ack stream=1 offset=4']);
  assert.deepEqual(recorder.calls, ['data', 'end', 'flushed', 'closed']);
  assert.equal(recorder.broken, undefined);
  assert.equal(peer.link.streamCount, 0);
});

test('a stream that is reset before its OPEN was sent leaves no trace on the wire', () => {
  const peer = new RawPeer('agent');
  peer.flowing = false;
  peer.backlog = 1024 * KiB;
  peer.link.open(Buffer.from('a'), { priority: 'bulk' }).reset('changed my mind');
  peer.link.open(Buffer.from('b'), { priority: 'bulk' });
  peer.flow();
  assert.deepEqual(peer.take(), ['open stream=3 offset=262144 length=1 b']);
});

test('a consumer that starts late is still told how it ended', () => {
  const peer = new RawPeer();
  const stream = peer.accept();
  peer.send('reset', 1, 0, 'too slow');
  peer.turn();
  const recorder = StreamRecorder.on(stream);
  peer.turn();
  assert.deepEqual(recorder.broken, { by: 'peer', code: 'ECONNRESET', reason: 'too slow' });
});

test('echoing from within data is sound', () => {
  const { peer, stream, recorder } = started();
  recorder.onData = (chunk) => {
    stream.write(chunk);
    stream.end();
  };
  peer.send('data', 1, 0, 'echo');
  peer.send('fin', 1, 4);
  peer.turn();
  assert.deepEqual(peer.take(), [
    'data stream=1 offset=0 length=4 echo',
    'fin stream=1 offset=4',
    'ack stream=1 offset=5',
  ]);
  assert.deepEqual(recorder.calls, ['data', 'end', 'flushed', 'closed']);
});

test('what consumers do during one chunk is sent after it, in the order of importance', () => {
  const { peer, stream, recorder } = started();
  const control = peer.accept(3, KiB, 1);
  const doomed = peer.accept(5);
  recorder.onData = () => stream.write(Buffer.from('bulk'));
  StreamRecorder.on(control).onData = () => control.write(Buffer.from('control'));
  StreamRecorder.on(doomed).onData = () => doomed.reset('');
  peer.turn();
  peer.take();
  const data = (id: number) => `02000000000000000000000${id}00000001aa`;
  peer.bytes(Buffer.from([1, 3, 5].map((id) => data(id)).join(''), 'hex'));
  assert.deepEqual(peer.take(), [
    'reset stream=5 offset=0',
    'data stream=3 offset=0 length=7 control',
    'data stream=1 offset=0 length=4 bulk',
  ]);
});
