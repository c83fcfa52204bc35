/** What a hostile or broken peer may try, by name. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { MAX_OFFSET, type FrameName } from '../../../shared/mux/frame.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { StreamRecorder } from '../../support/stream-recorder.ts';

/** The link ended because of the peer: it was told by GOAWAY, the carrier closed, streams are broken. */
function assertFault(peer: RawPeer, code: string): void {
  peer.turn();
  assert.equal(peer.closes[0]?.code, code);
  assert.equal(peer.closes[0]?.by, 'peer');
  assert.equal(peer.closes.length, 1);
  assert.match(peer.take().at(-1) ?? '', /^goAway/);
  assert.equal(typeof peer.closedWith === 'object' && peer.closedWith.code, 1002);
  assert.equal(peer.link.streamCount, 0);
}

test('OPEN flood: streams beyond the limit are refused, too many refusals end the link', () => {
  const peer = new RawPeer('relay', { streams: 3, refusedOpens: 2 });
  for (let id = 1; id <= 9; id += 2) peer.send('open', id, 0);
  assert.equal(peer.link.streamCount, 3);
  assert.deepEqual(
    peer.take().map((line) => line.slice(0, 31)),
    ['reset stream=7 offset=65537 len', 'reset stream=9 offset=65537 len'],
  );
  peer.send('open', 11, 0);
  assertFault(peer, 'too-many-opens');
});

test('OPEN flood: room is made by streams that end', () => {
  const peer = new RawPeer('relay', { streams: 1, refusedOpens: 0 });
  for (let id = 1; id < 1000; id += 2) {
    peer.send('open', id, 0);
    peer.send('reset', id, 1);
  }
  assert.equal(peer.opened.length, 500);
  assert.equal(peer.link.streamCount, 0);
});

test('streams this side opened do not use up the peer’s', () => {
  const peer = new RawPeer('relay', { streams: 2, refusedOpens: 0 });
  const own = [1, 2].map(() => peer.link.open(Buffer.alloc(0), { priority: 'bulk' }));
  peer.send('open', 1, 0);
  peer.send('open', 3, 0);
  assert.equal(peer.link.streamCount, 4);
  const third = StreamRecorder.on(peer.link.open(Buffer.alloc(0), { priority: 'bulk' }));
  peer.turn();
  assert.equal(third.broken?.code, 'too-many-streams');
  own[0]?.reset('makes room for this side only');
  peer.send('open', 5, 0);
  assertFault(peer, 'too-many-opens');
});

for (const [name, id] of [
  ['an id of the wrong parity', 2],
  ['an id used before', 5],
  ['an id below one used before', 3],
] as const) {
  test(`OPEN with ${name}`, () => {
    const peer = new RawPeer();
    peer.send('open', 5, 0);
    peer.send('open', id, 0);
    assertFault(peer, 'open-out-of-order');
  });
}

test('OPEN with more than a window behind it: only the initial credit is taken', () => {
  const peer = new RawPeer();
  const stream = peer.accept();
  peer.send('data', 1, 0, Buffer.alloc(65_536));
  assert.equal(stream.bytesHeld, 65_536);
  peer.send('data', 1, 65_536, 'x');
  assertFault(peer, 'beyond-credit');
});

test('DATA beyond credit: refused by its header, none of it delivered', () => {
  const peer = new RawPeer();
  const recorder = StreamRecorder.on(peer.accept(1, 0, 1));
  peer.turn();
  peer.send('data', 1, 0, Buffer.alloc(65_537));
  assertFault(peer, 'beyond-credit');
  assert.deepEqual(recorder.calls, ['closed']);
  assert.equal(recorder.broken?.code, 'beyond-credit');
});

test('credit overflow, by OPEN and by CREDIT', () => {
  const opening = new RawPeer();
  opening.send('open', 1, MAX_OFFSET);
  assertFault(opening, 'credit-overflow');
  const later = new RawPeer();
  later.accept();
  later.send('credit', 1, MAX_OFFSET);
  assertFault(later, 'credit-overflow');
});

test('oversized frame', () => {
  const peer = new RawPeer();
  peer.bytes(Buffer.from('02000000000000000000000100040001', 'hex'));
  assertFault(peer, 'frame-too-large');
});

test('unknown frame type', () => {
  const peer = new RawPeer();
  peer.bytes(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  assertFault(peer, 'unknown-frame-type');
});

for (const name of ['data', 'fin', 'reset', 'credit', 'ack'] as const satisfies FrameName[]) {
  for (const id of [2, 7]) {
    test(`${name.toUpperCase()} for never-opened stream ${id}`, () => {
      const peer = new RawPeer();
      peer.accept(5);
      peer.send(name, id, 0);
      assertFault(peer, 'stream-never-opened');
    });
  }
  test(`${name.toUpperCase()} for a stream that is gone is ignored`, () => {
    const peer = new RawPeer();
    peer.accept().reset('unwanted');
    peer.take();
    for (let i = 0; i < 1000; i += 1) peer.send(name, 1, 12_345_678);
    peer.turn();
    assert.deepEqual(peer.take(), []);
    assert.deepEqual(peer.closes, []);
  });
}

test('a gap in the data, and an end beyond the data', () => {
  for (const name of ['data', 'fin'] as const) {
    const peer = new RawPeer();
    peer.accept();
    peer.send(name, 1, 1);
    assertFault(peer, 'data-gap');
  }
});

test('data after the end, and another end', () => {
  for (const [name, offset] of [
    ['data', 3],
    ['fin', 2],
  ] as const) {
    const peer = new RawPeer();
    peer.accept();
    peer.send('data', 1, 0, 'abc');
    peer.send('fin', 1, 3);
    peer.send(name, 1, offset, name === 'data' ? 'd' : '');
    assertFault(peer, 'final-offset-changed');
  }
});

test('acknowledgement of unsent bytes', () => {
  const peer = new RawPeer();
  peer.accept().write(Buffer.from('abc'));
  peer.send('ack', 1, 3);
  assert.equal(peer.closes.length, 0);
  peer.send('ack', 1, 4);
  assertFault(peer, 'ack-of-unsent');
});

test('PING flood: answered while the carrier takes it, then one PONG waits for all', () => {
  const peer = new RawPeer('relay', { carrierBacklog: 160 });
  peer.flowing = false;
  for (let token = 1; token <= 10_000; token += 1) peer.send('ping', 0, token);
  assert.equal(peer.take().length, 10);
  assert.ok(peer.backlog <= 160);
  peer.flow();
  assert.deepEqual(peer.take(), ['pong offset=10000']);
});

test('CREDIT flood and repeated FIN: one ACK waits for all', () => {
  const peer = new RawPeer();
  StreamRecorder.on(peer.accept());
  peer.turn();
  peer.take();
  peer.flowing = false;
  peer.backlog = 1 << 20;
  for (let i = 0; i < 1000; i += 1) {
    peer.send('credit', 1, 2_000_000 + i);
    peer.send('fin', 1, 0);
  }
  peer.flow();
  assert.deepEqual(peer.take(), ['ack stream=1 offset=1']);
});

test('tiny-frame flood on a paused stream: held merged, delivered whole', () => {
  const peer = new RawPeer();
  const stream = peer.accept(1, 0, 1);
  stream.pause();
  const recorder = StreamRecorder.on(stream);
  peer.turn();
  for (let i = 0; i < 65_536; i += 1) peer.send('data', 1, i, Uint8Array.of(i));
  assert.equal(stream.bytesHeld, 65_536);
  stream.resume();
  peer.turn();
  assert.ok(recorder.chunks.length <= 18, `${recorder.chunks.length} chunks`);
  assert.ok(Buffer.concat(recorder.chunks).every((byte, at) => byte === at % 256));
});

test('empty DATA wakes nobody', () => {
  const peer = new RawPeer();
  const recorder = StreamRecorder.on(peer.accept());
  for (let i = 0; i < 1000; i += 1) peer.send('data', 1, 0);
  peer.turn();
  assert.deepEqual(recorder.calls, []);
});

test('repeated DATA is trimmed', () => {
  const peer = new RawPeer();
  const recorder = StreamRecorder.on(peer.accept());
  peer.send('data', 1, 0, 'abc');
  peer.send('data', 1, 0, 'abc');
  peer.send('data', 1, 1, 'bcdef');
  assert.equal(recorder.text, 'abcdef');
});

test('an overlong reason of this side is cut, one of the peer is refused', () => {
  const peer = new RawPeer();
  peer.accept().reset('r'.repeat(10_000));
  assert.equal(peer.frames.at(-1)?.payload.length, 256);
  peer.send('open', 3, 0);
  peer.send('reset', 3, 1, 'r'.repeat(257));
  assertFault(peer, 'frame-too-large');
});

test('after a fault nothing more is read, not even of the same chunk', () => {
  const peer = new RawPeer();
  peer.bytes(
    Buffer.concat([Buffer.alloc(16), Buffer.from('01000000000000000000000100000000', 'hex')]),
  );
  assertFault(peer, 'unknown-frame-type');
  peer.send('open', 3, 0);
  assert.equal(peer.opened.length, 0);
});

test('closing the link from within a delivery stops the delivery', () => {
  const peer = new RawPeer();
  const recorder = StreamRecorder.on(peer.accept());
  recorder.onData = () => peer.link.close('enough', 'had enough');
  const first = '02000000000000000000000100000001aa';
  const second = '02000000000000010000000100000001bb';
  const open = '01000000000000000000000300000000';
  peer.bytes(Buffer.from(first + second + open, 'hex'));
  peer.turn();
  assert.equal(peer.opened.length, 1);
  assert.equal(peer.link.streamCount, 0);
  assert.deepEqual(recorder.calls, ['data', 'closed']);
  assert.equal(recorder.bytes, 1);
});

test('a carrier that is silent is terminated, one that answers is measured', () => {
  const peer = new RawPeer();
  const recorder = StreamRecorder.on(peer.accept());
  peer.turn();
  peer.take();
  peer.now = 4_999;
  peer.link.tick();
  assert.deepEqual(peer.take(), []);
  peer.now = 5_000;
  peer.link.tick();
  assert.deepEqual(peer.take(), ['ping offset=1']);
  peer.now = 5_030;
  peer.send('pong', 0, 1);
  assert.equal(peer.link.roundTrip, 30);
  for (let second = 6; second <= 20; second += 1) {
    peer.now = second * 1000;
    peer.link.tick();
  }
  assert.equal(peer.closedWith, undefined);
  peer.now = 20_030;
  peer.link.tick();
  peer.turn();
  assert.equal(peer.closedWith, 'terminated');
  assert.equal(peer.closes[0]?.code, 'link-lost');
  assert.equal(recorder.broken?.by, 'carrier');
});

test('a lost carrier breaks every stream, and the link reports it last', () => {
  const peer = new RawPeer();
  const recorders = [1, 3, 5].map((id) => StreamRecorder.on(peer.accept(id)));
  peer.lose('connection reset');
  assert.equal(peer.closes.length, 0, 'not before the streams');
  peer.turn();
  for (const recorder of recorders) {
    assert.deepEqual(recorder.broken, {
      by: 'carrier',
      code: 'link-lost',
      reason: 'connection reset',
    });
  }
  assert.deepEqual(peer.closes, [{ by: 'carrier', code: 'link-lost', reason: 'connection reset' }]);
});

test('GOAWAY is heard once, and its reason cannot forge a log line', () => {
  const peer = new RawPeer();
  peer.send('goAway', 0, 7, 'bye\nnow');
  peer.send('goAway', 0, 8, 'again');
  assert.deepEqual(peer.goneAway, [{ code: 7, reason: 'bye?now' }]);
});

test('misuse by this program is thrown at it and leaves the link alone', () => {
  const peer = new RawPeer();
  const stream = peer.accept();
  StreamRecorder.on(stream);
  assert.throws(() => StreamRecorder.on(stream), { code: 'already-started' });
  assert.throws(() => stream.resetWith(-1, ''), { code: 'bad-code' });
  assert.throws(() => peer.link.goAway(1.5, ''), { code: 'bad-code' });
  assert.throws(() => peer.link.open(Buffer.alloc(4097), { priority: 'bulk' }), {
    code: 'request-too-large',
  });
  assert.throws(() => new RawPeer('relay', { controlWindow: 1 }), { code: 'bad-limits' });
  peer.turn();
  assert.deepEqual(peer.closes, []);
  assert.equal(peer.link.streamCount, 1);
});
