import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import {
  ProxyHeaderReader,
  type HeaderProgress,
} from '../../../relay-server/proxy-protocol/header-reader.ts';
import { formatProxyHeader } from '../../../relay-server/proxy-protocol/header.ts';
import { PROXY_LIMITS } from '../../../relay-server/limits.ts';

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n';
const IPV4 = {
  source: { host: '198.51.100.7', port: 40_000 },
  destination: { host: '192.0.2.1', port: 21 },
};
const IPV6 = {
  source: { host: '2001:db8::7', port: 65_535 },
  destination: { host: '2001:db8::1', port: 0 },
};

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const v2 = (fixed: readonly number[], rest: readonly number[] = []): Buffer =>
  Buffer.concat([bytes(SIGNATURE), Buffer.from(fixed), Buffer.from(rest)]);

function read(...chunks: readonly Uint8Array[]): HeaderProgress {
  const reader = new ProxyHeaderReader();
  let progress: HeaderProgress = { state: 'partial' };
  for (const chunk of chunks) {
    if (progress.state !== 'partial') break;
    progress = reader.push(chunk);
  }
  return progress;
}

function complete(progress: HeaderProgress): Extract<HeaderProgress, { state: 'complete' }> {
  assert.ok(progress.state === 'complete', JSON.stringify(progress));
  return progress;
}

describe('a PROXY header', () => {
  it('is as the specification writes it', () => {
    const line = 'PROXY TCP4 198.51.100.7 192.0.2.1 40000 21\r\n';
    assert.equal(formatProxyHeader('v1', IPV4).toString('latin1'), line);
    const binary = v2(
      [0x21, 0x11, 0, 12],
      [198, 51, 100, 7, 192, 0, 2, 1, 40_000 >> 8, 40_000 & 255, 0, 21],
    );
    assert.deepEqual(formatProxyHeader('v2', IPV4), binary);
    assert.equal(
      formatProxyHeader('v1', IPV6).toString('latin1'),
      'PROXY TCP6 2001:db8::7 2001:db8::1 65535 0\r\n',
    );
    assert.equal(formatProxyHeader('v2', IPV6).length, 16 + 36);
  });

  it('of ends of two families is IPv6, and read again it is what it was', () => {
    const ends = { source: IPV6.source, destination: IPV4.destination };
    for (const version of ['v1', 'v2'] as const) {
      const { header } = complete(read(formatProxyHeader(version, ends)));
      assert.deepEqual(header, { kind: 'proxied', ends });
    }
  });

  it('is read at every split, and what lies behind it is kept', () => {
    for (const ends of [IPV4, IPV6]) {
      for (const version of ['v1', 'v2'] as const) {
        const stream = Buffer.concat([formatProxyHeader(version, ends), bytes('USER u\r\n')]);
        for (let at = 0; at <= stream.length; at += 1) {
          const reader = new ProxyHeaderReader();
          const first = reader.push(stream.subarray(0, at));
          const whole = first.state === 'partial' ? reader.push(stream.subarray(at)) : first;
          const { header, rest } = complete(whole);
          assert.deepEqual(header, { kind: 'proxied', ends });
          const after = first.state === 'partial' ? '' : stream.subarray(at).toString();
          assert.equal(Buffer.from(rest).toString() + after, 'USER u\r\n');
        }
        const single = [...stream].map((byte) => Buffer.of(byte));
        assert.deepEqual(complete(read(...single)).header, { kind: 'proxied', ends });
      }
    }
  });

  it("may say that the connection is the balancer's own, or that it knows no ends", () => {
    const own = [
      bytes('PROXY UNKNOWN\r\n'),
      bytes('PROXY UNKNOWN ffff::1 what ever\r\n'),
      v2([0x20, 0x00, 0, 0]),
      v2([0x20, 0xff, 0, 3], [1, 2, 3]),
      v2([0x21, 0x00, 0, 2], [1, 2]),
      v2([0x21, 0x12, 0, 12], Array<number>(12).fill(1)),
      v2([0x21, 0x31, 0, 216], Array<number>(216).fill(1)),
    ];
    for (const header of own) {
      assert.deepEqual(complete(read(header)).header, { kind: 'local' }, header.toString('hex'));
    }
  });

  it('may carry more behind the addresses, which is skipped', () => {
    const addresses = [198, 51, 100, 7, 192, 0, 2, 1, 40_000 >> 8, 40_000 & 255, 0, 21];
    const tlv = [0x04, 0, 3, 0, 0, 0];
    const header = v2([0x21, 0x11, 0, 12 + tlv.length], [...addresses, ...tlv]);
    const { header: read4, rest } = complete(read(Buffer.concat([header, bytes('x')])));
    assert.deepEqual(read4, { kind: 'proxied', ends: IPV4 });
    assert.equal(Buffer.from(rest).toString(), 'x');
  });

  it('that is none is told', () => {
    const none = [
      bytes('U'),
      bytes('USER u\r\n'),
      bytes('proxy TCP4 198.51.100.7 192.0.2.1 40000 21\r\n'),
      bytes('PROXY TCP4 198.51.100.7 192.0.2.1 40000 21\n'),
      bytes('PROXY TCP4 198.51.100.7 192.0.2.1 40000\r\n'),
      bytes('PROXY TCP4 198.51.100.7 192.0.2.1 40000 21 \r\n'),
      bytes('PROXY TCP4  198.51.100.7 192.0.2.1 40000 21\r\n'),
      bytes('PROXY TCP4 198.51.100.07 192.0.2.1 40000 21\r\n'),
      bytes('PROXY TCP4 198.51.100 192.0.2.1 40000 21\r\n'),
      bytes('PROXY TCP4 198.51.100.256 192.0.2.1 40000 21\r\n'),
      bytes('PROXY TCP4 2001:db8::7 2001:db8::1 40000 21\r\n'),
      bytes('PROXY TCP6 198.51.100.7 192.0.2.1 40000 21\r\n'),
      bytes('PROXY TCP6 2001:db8::7::1 2001:db8::1 40000 21\r\n'),
      bytes('PROXY TCP4 198.51.100.7 192.0.2.1 65536 21\r\n'),
      bytes('PROXY TCP4 198.51.100.7 192.0.2.1 040 21\r\n'),
      bytes('PROXY UNKNOWN2\r\n'),
      bytes('PROXY UDP4 198.51.100.7 192.0.2.1 40000 21\r\n'),
      v2([0x11, 0x11, 0, 12], Array<number>(12).fill(1)),
      v2([0x22, 0x11, 0, 12], Array<number>(12).fill(1)),
      v2([0x21, 0x41, 0, 12], Array<number>(12).fill(1)),
      v2([0x21, 0x13, 0, 12], Array<number>(12).fill(1)),
      v2([0x21, 0x11, 0, 11], Array<number>(11).fill(1)),
      v2([0x21, 0x21, 0, 12], Array<number>(12).fill(1)),
      bytes('\r\n\r\n\r'),
    ];
    for (const header of none) assert.equal(read(header).state, 'bad', header.toString('latin1'));
  });

  it('is bounded: no more is waited for than the longest there may be', () => {
    const start = 'PROXY UNKNOWN ';
    const longest = start + 'x'.repeat(PROXY_LIMITS.v1Header - start.length - 2);
    assert.equal(read(bytes(`${longest}\r\n`)).state, 'complete');
    assert.equal(read(bytes(`${longest}\r`)).state, 'partial');
    assert.equal(read(bytes(`${longest}xx`)).state, 'bad');
    assert.equal(read(bytes(`${longest}x\r\n`)).state, 'bad');
    const most = PROXY_LIMITS.v2Payload;
    assert.equal(read(v2([0x20, 0, most >> 8, most & 255])).state, 'partial');
    const more = most + 1;
    assert.equal(read(v2([0x20, 0, more >> 8, more & 255])).state, 'bad');
  });
});
