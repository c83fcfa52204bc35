import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Parser } from '../../../shared/config/setting.ts';
import { suggest } from '../../../shared/config/suggest.ts';
import {
  address,
  byteRate,
  choice,
  duration,
  host,
  hostPort,
  integer,
  port,
  portRange,
  relayUrl,
  text,
  yesOrNo,
} from '../../../shared/config/values.ts';

function check<T>(
  parser: Parser<T>,
  good: readonly (readonly [string, T])[],
  bad: readonly string[],
): void {
  for (const [raw, value] of good) assert.deepEqual(parser(raw), { ok: true, value }, raw);
  for (const raw of bad) {
    const parsed = parser(raw);
    assert.equal(parsed.ok, false, raw);
    assert.ok(!parsed.ok && parsed.problem !== '' && parsed.remedy !== '', raw);
  }
}

test('numbers, ports, words and switches', () => {
  check(
    integer(0, 5),
    [
      ['0', 0],
      ['5', 5],
    ],
    ['6', '-1', '', '1.5', '1e0', '0x1', ' 1'],
  );
  check(
    port,
    [
      ['1', 1],
      ['65535', 65_535],
    ],
    ['0', '65536', 'ftp'],
  );
  check(choice('auto', 'json'), [['json', 'json']], ['JSON', '']);
  check(
    yesOrNo,
    [
      ['true', true],
      ['0', false],
      ['Yes', true],
    ],
    ['2', '', 'on'],
  );
  check(text, [['x', 'x']], ['', '  ']);
});

test('hosts and addresses', () => {
  const bad = ['', 'a b', '1.2.3', '300.1.1.1', '-x', 'a..b', '[x]', 'x:1', 'a/b', 'x'.repeat(64)];
  check(
    host,
    [
      ['ftp.example.org', 'ftp.example.org'],
      ['::1', '::1'],
      ['[::1]', '::1'],
    ],
    bad,
  );
  check(address(4), [['203.0.113.7', '203.0.113.7']], ['::1', 'localhost', '']);
  check(address(6), [['2001:db8::7', '2001:db8::7']], ['203.0.113.7', '']);
});

test('HOST:PORT', () => {
  const good = [
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['[::]:8080', { host: '::', port: 8080 }],
    ['nas.local:21', { host: 'nas.local', port: 21 }],
  ] as const;
  check(hostPort(0), good, [
    '8080',
    ':8080',
    'nas',
    'nas:',
    'nas:65536',
    '::1:21',
    '[::1]',
    'http://x:1',
  ]);
  check(hostPort(1), [], ['nas:0']);
});

test('a range of ports', () => {
  const good = [
    ['1024-65535', { from: 1024, to: 65_535 }],
    ['50000-50000', { from: 50_000, to: 50_000 }],
  ] as const;
  check(portRange, good, [
    '1023-2000',
    '2000-1999',
    '2000-65536',
    '2000',
    '2000-',
    '-',
    'a-b',
    '2000 - 3000',
  ]);
});

test('durations', () => {
  const good = [
    ['500ms', 500],
    ['30s', 30_000],
    ['30', 30_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
  ] as const;
  check(duration, good, ['', 's', '-1s', '1.5s', '1d', '9999999999']);
});

test('byte rates', () => {
  const good = [
    ['250000', 250_000],
    ['500k', 500_000],
    ['500K', 500_000],
    ['10M', 10_000_000],
    ['1G', 1_000_000_000],
    ['512Ki', 524_288],
    ['10mi', 10_485_760],
    ['1Gi', 1_073_741_824],
  ] as const;
  check(byteRate, good, ['', 'k', '-1k', '1.5M', '10 M', '10MB', '10i', '1T', '9999999999999']);
});

test('the URL of a relay', () => {
  const good = [
    ['http://relay.example.org:8080/', 'http://relay.example.org:8080'],
    ['https://example.org/gangway', 'https://example.org/gangway'],
  ] as const;
  check(relayUrl, good, [
    'relay.example.org',
    'ftp://x',
    'http://',
    'http://x/?a',
    'http://x/#a',
    'http://u:p@x',
  ]);
});

test('a misspelling is recognised, another word is not', () => {
  const known = ['http', 'data-dir', 'passive-ports', 'public-host'];
  const cases = [
    ['htpt', 'http'],
    ['datadir', 'data-dir'],
    ['pasive-port', 'passive-ports'],
    ['publik-host', 'public-host'],
    ['colour', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ] as const;
  for (const [word, meant] of cases) assert.equal(suggest(word, known), meant, word);
});
