import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { MUX_LIMITS } from '../../../shared/limits.ts';
import {
  FrameDecoder,
  decodeReason,
  encodeFrame,
  encodeHeader,
  encodeReason,
} from '../../../shared/mux/codec.ts';
import { ProtocolFault } from '../../../shared/mux/errors.ts';
import {
  FRAME,
  FRAME_RULES,
  MAX_OFFSET,
  describeFrame,
  frameOf,
  type FrameHeader,
} from '../../../shared/mux/frame.ts';

/** Frames as one line each; DATA as the slices it came in. */
function decoding(): { lines: string[]; decoder: FrameDecoder } {
  const lines: string[] = [];
  const line = (header: FrameHeader, payload: Uint8Array): string =>
    `${describeFrame(header)} ${Buffer.from(payload).toString()}`;
  const decoder = new FrameDecoder(
    {
      frame: (header, payload) => lines.push(line(header, payload)),
      data: (header, progress, slice) => lines.push(`${line(header, slice)}@${progress}`),
    },
    MUX_LIMITS,
  );
  return { lines, decoder };
}

/** The frames of the examples in PROTOCOL.md. */
const EXAMPLES: readonly (readonly [string, string])[] = [
  [
    '01 01 000000010000 00000001 00000002 6869',
    'open stream=1 offset=65536 flags=0x01 length=2 hi',
  ],
  ['02 00 000000000005 00000002 00000003 616263', 'data stream=2 offset=5 length=3 abc@0'],
  ['03 00 000000000008 00000002 00000000', 'fin stream=2 offset=8 '],
  [
    '04 00 000000000007 ffffffff 00000004 6f6f7073',
    'reset stream=4294967295 offset=7 length=4 oops',
  ],
  ['05 00 ffffffffffff 00000003 00000000', 'credit stream=3 offset=281474976710655 '],
  ['06 00 000100000000 00000003 00000000', 'ack stream=3 offset=4294967296 '],
  ['07 00 00000000002a 00000000 00000000', 'ping offset=42 '],
  ['08 00 00000000002a 00000000 00000000', 'pong offset=42 '],
  ['09 00 000000010001 00000000 00000003 627965', 'goAway offset=65537 length=3 bye'],
];

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

for (const [hex, text] of EXAMPLES) {
  test(`literal frame: ${text}`, () => {
    const { lines, decoder } = decoding();
    decoder.push(bytesOf(hex));
    assert.deepEqual(lines, [text]);
  });
}

test('frames are encoded as PROTOCOL.md has them', () => {
  const hi = Buffer.from('hi');
  assert.deepEqual(encodeFrame(frameOf(FRAME.open, 1, 65_536, hi, 1)), bytesOf(EXAMPLES[0]![0]));
  assert.deepEqual(encodeFrame(frameOf(FRAME.credit, 3, MAX_OFFSET)), bytesOf(EXAMPLES[4]![0]));
});

test('a stream of frames is the same at every split', () => {
  const all = Buffer.concat(EXAMPLES.map(([hex]) => bytesOf(hex)));
  // A slice of DATA may be split; everything else comes whole.
  const others = EXAMPLES.map(([, text]) => text).filter((text) => !text.startsWith('data'));
  for (let at = 0; at <= all.length; at += 1) {
    const { lines, decoder } = decoding();
    decoder.push(all.subarray(0, at));
    decoder.push(all.subarray(at));
    assert.deepEqual(
      lines.filter((line) => !line.startsWith('data')),
      others,
      `split at ${at}`,
    );
    const data = lines.filter((line) => line.startsWith('data'));
    assert.equal(data.map((line) => /length=3 (\w*)@/.exec(line)?.[1]).join(''), 'abc');
  }
});

test('fed one byte at a time, DATA comes out byte by byte with its progress', () => {
  const { lines, decoder } = decoding();
  for (const [hex] of EXAMPLES) for (const byte of bytesOf(hex)) decoder.push(Uint8Array.of(byte));
  assert.deepEqual(
    lines.filter((line) => line.startsWith('data')).map((line) => line.slice(-3)),
    ['a@0', 'b@1', 'c@2'],
  );
  assert.equal(lines.length, EXAMPLES.length + 2);
});

test('DATA is handed out as views of the chunk, before the frame is complete', () => {
  const slices: Uint8Array[] = [];
  const sink = {
    frame: () => {},
    data: (_h: FrameHeader, _p: number, s: Uint8Array) => slices.push(s),
  };
  const decoder = new FrameDecoder(sink, MUX_LIMITS);
  const frame = encodeFrame(frameOf(FRAME.data, 1, 0, Buffer.alloc(100_000, 'x')));
  decoder.push(frame.subarray(0, 50_000));
  assert.equal(slices.length, 1);
  assert.equal(slices[0]?.length, 50_000 - 16);
  assert.equal(slices[0]?.buffer, frame.buffer);
});

test('an empty DATA frame is reported once', () => {
  const { lines, decoder } = decoding();
  decoder.push(encodeFrame(frameOf(FRAME.data, 1, 9)));
  assert.deepEqual(lines, ['data stream=1 offset=9 @0']);
});

function faultOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ProtocolFault);
    return error.code;
  }
  return 'none';
}

test('unknown frame type', () => {
  for (const type of [0, 12, 0x47, 255]) {
    const header = Buffer.alloc(16);
    header[0] = type;
    assert.equal(
      faultOf(() => decoding().decoder.push(header)),
      'unknown-frame-type',
    );
  }
});

test('oversized frame: refused by its header, before any payload', () => {
  for (const [type, rule] of FRAME_RULES) {
    const most = rule.bound === 'none' ? 0 : MUX_LIMITS[rule.bound];
    const stream = rule.scope === 'link' ? 0 : 1;
    for (const length of [most + 1, 2 ** 32 - 1]) {
      const header = encodeHeader({ type: type as 1, flags: 0, offset: 0, stream, length });
      assert.equal(
        faultOf(() => decoding().decoder.push(header)),
        'frame-too-large',
        rule.name,
      );
    }
    const fitting = encodeHeader({ type: type as 1, flags: 0, offset: 0, stream, length: most });
    assert.equal(
      faultOf(() => decoding().decoder.push(fitting)),
      'none',
      rule.name,
    );
  }
});

test('a link frame on a stream, a stream frame on none', () => {
  for (const [type, rule] of FRAME_RULES) {
    const stream = rule.scope === 'link' ? 1 : 0;
    const header = encodeHeader({ type: type as 1, flags: 0, offset: 0, stream, length: 0 });
    assert.equal(
      faultOf(() => decoding().decoder.push(header)),
      'bad-stream-id',
      rule.name,
    );
  }
});

test('unknown flags are ignored', () => {
  const { lines, decoder } = decoding();
  decoder.push(bytesOf('07 fe 000000000001 00000000 00000000'));
  assert.deepEqual(lines, ['ping offset=1 flags=0xfe ']);
});

test('nothing is read after a fault, nor after stop', () => {
  const { lines, decoder } = decoding();
  const ping = bytesOf('07 00 000000000001 00000000 00000000');
  assert.equal(
    faultOf(() => decoder.push(Buffer.alloc(16))),
    'unknown-frame-type',
  );
  decoder.push(ping);
  assert.deepEqual(lines, []);
  let seen = 0;
  const stopping: FrameDecoder = new FrameDecoder(
    { frame: () => ((seen += 1), stopping.stop()), data: () => {} },
    MUX_LIMITS,
  );
  stopping.push(Buffer.concat([ping, ping]));
  assert.equal(seen, 1);
});

test('a reason is cut between characters', () => {
  assert.equal(encodeReason('plain', 256).length, 5);
  const cut = encodeReason('€'.repeat(100), 256);
  assert.equal(cut.length, 255);
  assert.equal(decodeReason(cut), '€'.repeat(85));
});

test('a reason cannot forge a log line', () => {
  assert.equal(decodeReason(Buffer.from('a\r\nb\u001b[31m\u2028c')), 'a??b?[31m?c');
  assert.equal(decodeReason(Uint8Array.of(0xff, 0x41)), '\ufffdA');
});

test('stopped from within the last slice of a frame, it reads no further', () => {
  let seen = 0;
  const decoder: FrameDecoder = new FrameDecoder(
    { frame: () => (seen += 1), data: () => ((seen += 1), decoder.stop()) },
    MUX_LIMITS,
  );
  const data = encodeFrame(frameOf(FRAME.data, 1, 0, Buffer.from('abc')));
  decoder.push(Buffer.concat([data, data]));
  decoder.push(data);
  assert.equal(seen, 1);
});
