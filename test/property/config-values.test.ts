import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Parser } from '../../shared/config/setting.ts';
import {
  byteRate,
  duration,
  formatByteRate,
  formatHostPort,
  host,
  hostPort,
  port,
  portRange,
  relayUrl,
  text,
  yesOrNo,
} from '../../shared/config/values.ts';

test('HOST:PORT is read as it was written', () => {
  const hosts = fc.oneof(
    fc.ipV4(),
    fc.constantFrom('::1', '2001:db8::7', 'nas', 'ftp.example.org'),
  );
  fc.assert(
    fc.property(hosts, fc.integer({ min: 0, max: 65_535 }), (name, number) => {
      const at = { host: name, port: number };
      assert.deepEqual(hostPort(0)(formatHostPort(at)), { ok: true, value: at });
    }),
  );
});

test('a byte rate is read as it was written', () => {
  const units = fc.constantFrom(1, 1000, 1024, 1e6, 1024 ** 2, 1e9, 1024 ** 3);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999_999 }), units, (count, unit) => {
      const rate = count * unit;
      assert.deepEqual(byteRate(formatByteRate(rate)), { ok: true, value: rate });
    }),
  );
});

test('no text makes a parser throw', () => {
  const parsers: readonly Parser<unknown>[] = [
    host,
    hostPort(0),
    portRange,
    duration,
    byteRate,
    relayUrl,
    port,
    yesOrNo,
    text,
  ];
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (raw) => {
      for (const parser of parsers) assert.equal(typeof parser(raw).ok, 'boolean');
    }),
  );
});
