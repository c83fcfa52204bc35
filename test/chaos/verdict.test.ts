import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judge, type Account } from './verdict.ts';

const BYTES = 100;
const whole = { bytes: BYTES, right: true };
const part = { bytes: 40, right: true };
const upload: Account = {
  verb: 'STOR',
  status: 0,
  word: 'complete',
  arrived: whole,
  bytes: BYTES,
};
const download: Account = { ...upload, verb: 'RETR' };

describe('the verdict on a transfer', () => {
  for (const [name, account, kind] of [
    ['an upload of which all say that it is whole', upload, 'whole'],
    [
      'a download that is whole, whatever the server thinks',
      { ...download, word: 'incomplete' },
      'whole',
    ],
    [
      'a truncated upload that both call broken',
      { ...upload, status: 1, word: 'incomplete', arrived: part },
      'broken loudly',
    ],
    [
      'a truncated download that the client calls broken',
      { ...download, status: 1, arrived: part },
      'broken loudly',
    ],
    [
      'an upload that never began',
      { ...upload, status: 1, word: 'nothing', arrived: undefined },
      'broken loudly',
    ],
    ['a whole upload whose client did not learn of it', { ...upload, status: 1 }, 'broken loudly'],
    [
      'a truncated upload that the server calls complete',
      { ...upload, status: 1, arrived: part },
      'BAD',
    ],
    [
      'a truncated upload that the server holds open',
      { ...upload, status: 1, word: 'nothing', arrived: part },
      'BAD',
    ],
    [
      'a truncated upload that the client calls complete',
      { ...upload, word: 'incomplete', arrived: part },
      'BAD',
    ],
    [
      'a whole upload that the server calls broken and the client complete',
      { ...upload, word: 'incomplete' },
      'BAD',
    ],
    ['a truncated download that the client calls complete', { ...download, arrived: part }, 'BAD'],
    [
      'an empty download that the client calls complete',
      { ...download, arrived: undefined },
      'BAD',
    ],
    [
      'an upload that the server called complete before the client went on',
      { ...upload, word: 'complete too early' },
      'BAD',
    ],
    [
      'wrong bytes, even if everybody calls it broken',
      { ...download, status: 1, arrived: { bytes: 40, right: false } },
      'BAD',
    ],
    ['a client that never ends', { ...download, status: null }, 'BAD'],
  ] as const) {
    it(`${name}: ${kind}`, () => {
      assert.equal(judge(account).kind, kind);
    });
  }
});
