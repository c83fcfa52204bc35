/** What the decoder refuses, by name, and what close frames may say. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  OPCODE,
  WebSocketDecoder,
  WebSocketFault,
  decodeClose,
  encodeClose,
  encodeControl,
} from '../../../shared/net/websocket-frames.ts';

/** What a decoder reports of literal bytes. */
function decode(hex: string, role: 'client' | 'server' = 'client'): string[] {
  const found: string[] = [];
  const decoder = new WebSocketDecoder(role, {
    payload: (bytes) => found.push(Buffer.from(bytes).toString('latin1')),
    control: (opcode, payload) =>
      found.push(`${opcode}:${Buffer.from(payload).toString('latin1')}`),
  });
  decoder.push(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  return found;
}

test('the examples of RFC 6455 §5.7', () => {
  assert.deepEqual(decode('82 05 48656c6c6f'), ['Hello']);
  assert.deepEqual(decode('82 85 37fa213d 7f9f4d5158', 'server'), ['Hello']);
  assert.deepEqual(decode('02 03 48656c 80 02 6c6f'), ['Hel', 'lo']);
  assert.deepEqual(decode('89 05 48656c6c6f'), ['9:Hello']);
  assert.deepEqual(decode('8a 85 37fa213d 7f9f4d5158', 'server'), ['10:Hello']);
});

test('control frames between fragments, and empty frames', () => {
  assert.deepEqual(decode('02 01 61 89 00 00 00 80 01 62 82 00 82 01 63'), ['a', '9:', 'b', 'c']);
});

describe('refused', () => {
  const cases: [name: string, code: number, hex: string, role?: 'server'][] = [
    ['a mask at a client', 1002, '82 81 00000000 61'],
    ['no mask at a server', 1002, '82 01 61', 'server'],
    ['a control frame without a mask at a server', 1002, '89 00', 'server'],
    ['the first reserved bit', 1002, 'c2 01 61'],
    ['the second reserved bit', 1002, 'a2 01 61'],
    ['the third reserved bit', 1002, '92 01 61'],
    ['text', 1003, '81 01 61'],
    ['an unknown data opcode', 1002, '83 01 61'],
    ['an unknown control opcode', 1002, '8b 00'],
    ['a fragmented ping', 1002, '09 01 61'],
    ['a ping of 126 bytes', 1002, '89 7e 007e'],
    ['a close frame with a 64-bit length', 1002, '88 7f 0000000000000001'],
    ['a continuation of nothing', 1002, '80 01 61'],
    ['a continuation after the last fragment', 1002, '02 01 61 80 01 62 80 01 63'],
    ['a new message within another', 1002, '02 01 61 82 01 62'],
    ['a length no number holds', 1009, '82 7f 0020000000000000'],
    ['a length with its highest bit set', 1009, '82 7f 8000000000000001'],
  ];
  for (const [name, closeCode, hex, role] of cases) {
    test(name, () => {
      assert.throws(
        () => decode(hex, role),
        (error) => error instanceof WebSocketFault && error.closeCode === closeCode,
      );
    });
  }

  test('and nothing is read after it', () => {
    const found: string[] = [];
    const decoder = new WebSocketDecoder('client', {
      payload: () => found.push('payload'),
      control: () => found.push('control'),
    });
    assert.throws(() => decoder.push(Buffer.from('8101', 'hex')));
    decoder.push(Buffer.from('820161', 'hex'));
    assert.deepEqual(found, []);
  });
});

describe('close frames', () => {
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1011, 1012, 1014, 3000, 4999]) {
    test(`${code} is one`, () => {
      assert.deepEqual(decodeClose(encodeClose(code, 'why')), { code, reason: 'why' });
    });
  }
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535]) {
    test(`${code} may not be on the wire`, () => {
      assert.throws(() => decodeClose(encodeClose(code, '')), { closeCode: 1002 });
    });
  }
  test('an empty one has no code', () => {
    assert.deepEqual(decodeClose(Buffer.alloc(0)), { code: undefined, reason: '' });
  });
  test('half a code is none', () => {
    assert.throws(() => decodeClose(Buffer.alloc(1)), { closeCode: 1002 });
  });
  test('a reason that is no UTF-8 is refused with 1007', () => {
    assert.throws(() => decodeClose(Buffer.from('03e8ff', 'hex')), { closeCode: 1007 });
  });
  test('a long reason is cut between characters to what a control frame holds', () => {
    const payload = encodeClose(1000, 'ä'.repeat(100));
    assert.equal(payload.length, 124);
    assert.equal(decodeClose(payload).reason, 'ä'.repeat(61));
    assert.equal(encodeControl(OPCODE.close, payload, undefined).length, 126);
  });
});
