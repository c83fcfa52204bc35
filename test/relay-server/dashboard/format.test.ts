import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  counted,
  formatAgo,
  formatBytes,
  formatRate,
  formatSpan,
} from '../../../relay-server/dashboard/src/format.ts';

test('bytes are in the unit that leaves one to three digits', () => {
  const cases = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1_550_000, '1.6 MB'],
    [12_000_000, '12 MB'],
    [3_200_000_000, '3.2 GB'],
    [1e18, '1000 PB'],
  ] as const;
  for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
  assert.equal(formatRate(2500), '2.5 kB/s');
});

test('spans are in their two largest units', () => {
  const cases = [
    [340, '340 ms'],
    [12_000, '12 s'],
    [200_000, '3 min 20 s'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 min'],
    [360_000_000, '4 d 4 h'],
  ] as const;
  for (const [ms, text] of cases) assert.equal(formatSpan(ms), text);
});

test('what was and what will be are told apart', () => {
  assert.equal(formatAgo(1_000_000, 1_003_000), 'just now');
  assert.equal(formatAgo(0, 200_000), '3 min ago');
  assert.equal(formatAgo(7 * 86_400_000, 0), 'in 7 d');
  assert.equal(counted(1, 'session'), '1 session');
  assert.equal(counted(5000, 'session'), '5,000 sessions');
});
