import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  ProxyHeaderReader,
  type HeaderProgress,
} from '../../relay-server/proxy-protocol/header-reader.ts';
import { formatProxyHeader } from '../../relay-server/proxy-protocol/header.ts';
import { PROXY_LIMITS } from '../../relay-server/limits.ts';
import { canonicalAddress } from '../../shared/net/address.ts';

const address = fc.oneof(fc.ipV4(), fc.ipV6()).map(canonicalAddress);
const plain = { noNullPrototype: true };
const end = fc.record({ host: address, port: fc.integer({ min: 0, max: 65_535 }) }, plain);
const ends = fc.record({ source: end, destination: end }, plain);
const version = fc.constantFrom('v1' as const, 'v2' as const);
const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 });

/** Feeds bytes in pieces of these sizes, over and over, until the reader has an opinion. */
function feed(
  stream: Buffer,
  pieces: readonly number[],
): { progress: HeaderProgress; fed: number } {
  const reader = new ProxyHeaderReader();
  let progress: HeaderProgress = { state: 'partial' };
  let fed = 0;
  for (let i = 0; fed < stream.length && progress.state === 'partial'; i += 1) {
    const piece = stream.subarray(fed, fed + (pieces[i % pieces.length] ?? 1));
    fed += piece.length;
    progress = reader.push(piece);
    assert.equal(reader.received, fed);
  }
  return { progress, fed };
}

describe('PROXY headers', () => {
  it('come back as they were written, in pieces of any size, with all that lies behind', () => {
    fc.assert(
      fc.property(ends, version, fc.uint8Array(), sizes, (told, which, behind, pieces) => {
        const header = formatProxyHeader(which, told);
        assert.ok(header.length <= PROXY_LIMITS.v1Header);
        const stream = Buffer.concat([header, behind]);
        const { progress, fed } = feed(stream, pieces);
        assert.ok(progress.state === 'complete');
        assert.deepEqual(progress.header, { kind: 'proxied', ends: told });
        assert.deepEqual(Buffer.concat([progress.rest, stream.subarray(fed)]), Buffer.from(behind));
      }),
    );
  });

  it('whatever else comes is told the same in one piece and in many, and within bounds', () => {
    const text = fc.string({ maxLength: 150 }).map((rest) => Buffer.from(`PROXY ${rest}\r\n`));
    const binary = fc
      .uint8Array({ maxLength: 300 })
      .map((rest) => Buffer.concat([Buffer.from('\r\n\r\n\0\r\nQUIT\n'), rest]));
    const damaged = fc
      .tuple(ends, version, fc.nat(51), fc.nat(255))
      .map(([told, which, at, byte]) => {
        const header = formatProxyHeader(which, told);
        header[at % header.length] = byte;
        return header;
      });
    const any = fc.uint8Array({ maxLength: 150 }).map((all) => Buffer.from(all));
    fc.assert(
      fc.property(fc.oneof(text, binary, damaged, any), sizes, (stream, pieces) => {
        const whole = feed(stream, [stream.length + 1]).progress;
        const cut = feed(stream, pieces).progress;
        assert.equal(cut.state, whole.state);
        if (whole.state === 'complete' && cut.state === 'complete') {
          assert.deepEqual(cut.header, whole.header);
        }
        const most = 16 + PROXY_LIMITS.v2Payload;
        if (whole.state === 'partial') assert.ok(stream.length < most);
      }),
      { numRuns: 1000 },
    );
  });
});
