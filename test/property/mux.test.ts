import assert from 'node:assert/strict';
import process from 'node:process';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { MUX_LIMITS } from '../../shared/limits.ts';
import { ChunkQueue } from '../../shared/mux/chunk-queue.ts';
import { FrameDecoder, encodeFrame } from '../../shared/mux/codec.ts';
import { ReceiveCredit, SendCredit } from '../../shared/mux/flow-control.ts';
import {
  FRAME_RULES,
  MAX_OFFSET,
  MAX_STREAM_ID,
  frameOf,
  type FrameHeader,
  type FrameType,
  type OutgoingFrame,
} from '../../shared/mux/frame.ts';
import { MuxModel } from '../support/mux-model.ts';

const anyFrame: fc.Arbitrary<OutgoingFrame> = fc
  .constantFrom(...FRAME_RULES.entries())
  .chain(([type, rule]) => {
    const most = rule.bound === 'none' ? 0 : Math.min(MUX_LIMITS[rule.bound], 300);
    return fc
      .tuple(
        rule.scope === 'link' ? fc.constant(0) : fc.integer({ min: 1, max: MAX_STREAM_ID }),
        fc.integer({ min: 0, max: MAX_OFFSET }),
        fc.uint8Array({ maxLength: most }),
        fc.nat(255),
      )
      .map(([stream, offset, payload, flags]) =>
        frameOf(type as FrameType, stream, offset, payload, flags),
      );
  });

test('decoding what was encoded gives the same frames, however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(anyFrame), fc.array(fc.integer({ min: 1, max: 50 })), (frames, cuts) => {
      const seen: { header: FrameHeader; payload: Buffer }[] = [];
      const decoder = new FrameDecoder(
        {
          frame: (header, payload) => seen.push({ header, payload: Buffer.from(payload) }),
          data: (header, progress, slice) => {
            if (progress === 0) seen.push({ header, payload: Buffer.alloc(0) });
            const last = seen.at(-1)!;
            assert.equal(last.payload.length, progress);
            last.payload = Buffer.concat([last.payload, slice]);
          },
        },
        MUX_LIMITS,
      );
      const bytes = Buffer.concat(frames.map((frame) => encodeFrame(frame)));
      let at = 0;
      for (const cut of cuts) decoder.push(bytes.subarray(at, (at += cut)));
      decoder.push(bytes.subarray(at));
      const sent = frames.map(({ header, payload }) => ({
        header,
        payload: Buffer.from(payload ?? []),
      }));
      assert.deepEqual(seen, sent);
    }),
  );
});

test('frames with a byte changed: within the bounds of the header, or a fault, and never anything else', () => {
  const change = fc.record({ at: fc.nat(), to: fc.nat(255), cut: fc.integer({ min: 1, max: 64 }) });
  fc.assert(
    fc.property(fc.array(anyFrame, { minLength: 1 }), change, (frames, { at, to, cut }) => {
      const check = (header: FrameHeader, bytes: Uint8Array): void => {
        const rule = FRAME_RULES.get(header.type)!;
        assert.ok(header.length <= (rule.bound === 'none' ? 0 : MUX_LIMITS[rule.bound]));
        assert.ok(bytes.length <= header.length);
        assert.equal(header.stream === 0, rule.scope === 'link');
      };
      const decoder = new FrameDecoder(
        { frame: check, data: (header, _progress, slice) => check(header, slice) },
        MUX_LIMITS,
      );
      const bytes = Buffer.concat(frames.map((frame) => encodeFrame(frame)));
      bytes[at % bytes.length] = to;
      try {
        for (let from = 0; from < bytes.length; from += cut) {
          decoder.push(bytes.subarray(from, from + cut));
        }
      } catch (error) {
        assert.equal((error as Error).name, 'ProtocolFault');
      }
    }),
  );
});

test('credit: never beyond the window, never stuck', () => {
  const step = fc.record({
    what: fc.constantFrom('send', 'consume', 'credit', 'repeat'),
    bytes: fc.integer({ min: 1, max: 200 }),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.nat(100),
      fc.array(step),
      (initial, more, steps) => {
        const window = initial + more;
        const sender = new SendCredit(initial);
        const receiver = new ReceiveCredit(window, initial);
        let consumed = 0;
        const credit = (): void => {
          if (receiver.owes) sender.grant(receiver.grant());
        };
        const send = (bytes: number): void => {
          const taken = Math.min(bytes, sender.available);
          const offset = sender.take(taken);
          receiver.admit(offset, taken);
          receiver.advance(taken);
        };
        const consume = (bytes: number): void => {
          const taken = Math.min(bytes, receiver.received - consumed);
          receiver.consume(taken);
          consumed += taken;
        };
        for (const { what, bytes } of steps) {
          if (what === 'send') send(bytes);
          else if (what === 'consume') consume(bytes);
          else if (what === 'credit') credit();
          else {
            const back = Math.min(bytes, receiver.received);
            receiver.admit(receiver.received - back, back);
          }
          assert.equal(receiver.received, sender.sent);
          assert.ok(receiver.received <= receiver.granted);
          assert.ok(receiver.granted <= consumed + window);
        }
        consume(Infinity);
        credit();
        assert.ok(sender.available > 0, 'a sender whose peer has consumed everything may send');
      },
    ),
  );
});

test('a chunk queue gives back the bytes it was given, in order, in few chunks', () => {
  const step = fc.oneof(
    fc.record({ push: fc.uint8Array({ maxLength: 40 }) }),
    fc.record({ shift: fc.integer({ min: 1, max: 60 }) }),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 16 }),
      fc.array(step, { maxLength: 200 }),
      (small, steps) => {
        const queue = new ChunkQueue(small);
        const given: number[] = [];
        const taken: Uint8Array[] = [];
        let bytes = 0;
        const take = (most: number): boolean => {
          const chunk = queue.shift(most);
          if (chunk === undefined) return false;
          assert.ok(chunk.length > 0 && chunk.length <= most);
          bytes += chunk.length;
          taken.push(chunk);
          return true;
        };
        for (const each of steps) {
          if ('push' in each) {
            given.push(...each.push);
            queue.push(Uint8Array.from(each.push));
          } else {
            take(each.shift);
          }
          assert.equal(queue.bytes, given.length - bytes);
          assert.ok(
            queue.count <= 2 + (4 * queue.bytes) / small,
            `${queue.count} of ${queue.bytes}`,
          );
        }
        while (take(Infinity));
        // The chunks are looked at only now: none may have changed after it was handed out.
        assert.deepEqual(Buffer.concat(taken), Buffer.from(given));
      },
    ),
  );
});

test('two links over a carrier that cuts and delays: exactly once, in order, bounded, no deadlock', () => {
  const op = fc.record({
    what: fc.constantFrom(
      ...(['open', 'write', 'write', 'write', 'write', 'end', 'reset', 'pause', 'resume'] as const),
      ...(['step', 'step', 'step', 'step', 'turn', 'goAway'] as const),
    ),
    side: fc.constantFrom(0, 1),
    pick: fc.nat(7),
    size: fc.integer({ min: 1, max: 400 }),
  });
  const cuts = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.array(op, { maxLength: 300, size: 'max' }), cuts, (ops, cuts) => {
      const model = new MuxModel(cuts);
      for (const each of ops) {
        model.apply(each);
        model.assertBounded();
      }
      model.settle();
      model.assertSettled();
    }),
    { numRuns: 300 },
  );
});

test('two links whose carrier breaks at any moment: what was delivered is a prefix, everybody is told', () => {
  const op = fc.record({
    what: fc.constantFrom('open', 'write', 'write', 'end', 'pause', 'step', 'step', 'turn'),
    side: fc.constantFrom(0, 1),
    pick: fc.nat(3),
    size: fc.integer({ min: 1, max: 400 }),
  });
  fc.assert(
    fc.property(
      fc.array(op, { maxLength: 100, size: 'max' }),
      fc.constantFrom(0, 1),
      (ops, side) => {
        const model = new MuxModel([37]);
        for (const each of ops) model.apply(each);
        model.breakCarrier(side);
        model.run();
        model.assertBroken();
      },
    ),
  );
});

test('several carriers that die and come at any moment: exactly once, in order, bounded, no deadlock', () => {
  const op = fc.record({
    what: fc.constantFrom(
      ...(['open', 'write', 'write', 'write', 'write', 'end', 'reset', 'pause', 'resume'] as const),
      ...(['step', 'step', 'step', 'step', 'step', 'turn', 'goAway'] as const),
      ...(['kill', 'attach', 'tick'] as const),
    ),
    side: fc.constantFrom(0, 1),
    pick: fc.nat(7),
    size: fc.integer({ min: 1, max: 400 }),
  });
  const cuts = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(
      fc.array(op, { maxLength: 300, size: 'max' }),
      cuts,
      fc.integer({ min: 1, max: 4 }),
      (ops, cuts, carriers) => {
        const model = new MuxModel(cuts, carriers);
        for (const each of ops) {
          model.apply(each);
          model.assertBounded();
        }
        model.settle();
        model.assertSettled();
      },
    ),
    { numRuns: Number(process.env['GANGWAY_PROPERTY_RUNS'] ?? 400) },
  );
});
