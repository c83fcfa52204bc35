import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  OPCODE,
  WebSocketDecoder,
  encodeControl,
  writeFrameHeader,
} from '../../shared/net/websocket-frames.ts';

const bytes = (max: number) => fc.uint8Array({ maxLength: max });
/** Lengths on both sides of where the header changes its form. */
const payload = fc.oneof(
  bytes(300),
  fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000).map((n) => new Uint8Array(n).fill(n)),
);
const message = fc.record({
  /** Fragments; at least one. */
  parts: fc.array(payload, { minLength: 1, maxLength: 4 }),
  /** A ping before each fragment, or none. */
  ping: fc.option(bytes(125), { nil: undefined }),
  key: fc.uint8Array({ minLength: 4, maxLength: 4 }),
});

function encode(part: Uint8Array, opcode: number, final: boolean, key: Uint8Array | undefined) {
  const header = Buffer.alloc(14);
  const at = writeFrameHeader(header, opcode, part.length, key);
  if (!final) header[0]! &= 0x7f;
  const body = part.map((byte, i) => (key === undefined ? byte : byte ^ key[i & 3]!));
  return Buffer.concat([header.subarray(0, at), body]);
}

for (const role of ['client', 'server'] as const) {
  test(`whatever the messages, fragments and cuts, a ${role} reads the same bytes and pings`, () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 20 });
    const small = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 });
    const property = fc.property(
      fc.array(message, { maxLength: 6 }),
      fc.oneof(cuts, small),
      (messages, sizes) => {
        const wire: Buffer[] = [];
        const pings: Buffer[] = [];
        for (const { parts, ping, key: random } of messages) {
          const key = role === 'server' ? random : undefined;
          parts.forEach((part, i) => {
            if (ping !== undefined) {
              wire.push(encodeControl(OPCODE.ping, ping, key));
              pings.push(Buffer.from(ping));
            }
            const opcode = i === 0 ? OPCODE.binary : OPCODE.continuation;
            wire.push(encode(part, opcode, i === parts.length - 1, key));
          });
        }
        const read: Buffer[] = [];
        const heard: Buffer[] = [];
        const decoder = new WebSocketDecoder(role, {
          payload: (slice) => {
            assert.ok(slice.length > 0);
            read.push(Buffer.from(slice));
          },
          control: (opcode, answer) => {
            assert.equal(opcode, OPCODE.ping);
            heard.push(Buffer.from(answer));
          },
        });
        const all = Buffer.concat(wire);
        for (let at = 0, n = 0; at < all.length; n += 1) {
          const size = sizes[n % sizes.length]!;
          decoder.push(all.subarray(at, at + size));
          at += size;
        }
        const expected = Buffer.concat(messages.flatMap(({ parts }) => parts));
        assert.ok(Buffer.concat(read).equals(expected));
        assert.deepEqual(heard, pings);
      },
    );
    fc.assert(property, { numRuns: 150 });
  });
}

test('no bytes whatever make the decoder hang, overrun or report a control frame too long', () => {
  const property = fc.property(fc.array(bytes(40)), fc.boolean(), (chunks, client) => {
    let given = 0;
    let taken = 0;
    const decoder = new WebSocketDecoder(client ? 'client' : 'server', {
      payload: (slice) => (taken += slice.length),
      control: (_opcode, answer) => {
        taken += answer.length;
        assert.ok(answer.length <= 125);
      },
    });
    try {
      for (const chunk of chunks) {
        given += chunk.length;
        decoder.push(chunk);
      }
    } catch (error) {
      assert.equal((error as Error).name, 'WebSocketFault');
    }
    assert.ok(taken <= given);
  });
  fc.assert(property, { numRuns: 1000 });
});
