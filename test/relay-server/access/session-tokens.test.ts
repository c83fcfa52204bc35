import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { SessionTokens } from '../../../relay-server/access/session-tokens.ts';
import { ACCESS_LIMITS } from '../../../relay-server/limits.ts';
import { StandingClock } from '../fixtures.ts';

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test('a token proves its login for some minutes', () => {
  const clock = new StandingClock();
  const tokens = new SessionTokens(clock.now);
  const token = tokens.sign('login-1');
  assert.equal(tokens.loginOf(token), 'login-1');
  clock.at += ACCESS_LIMITS.session - 1000;
  assert.equal(tokens.loginOf(token), 'login-1');
  clock.at += 1000;
  assert.equal(tokens.loginOf(token), undefined);
});

test('a token of another relay, of an earlier start, or changed, proves nothing', () => {
  const clock = new StandingClock();
  const tokens = new SessionTokens(clock.now);
  assert.equal(tokens.loginOf(new SessionTokens(clock.now).sign('login-1')), undefined);
  const [head = '', claims = '', signature = ''] = tokens.sign('login-1').split('.');
  const seconds = clock.at / 1000;
  const forged = part({ sub: 'login-2', iss: 'gangway', iat: seconds, exp: seconds + 300 });
  for (const token of [
    `${head}.${forged}.${signature}`,
    `${part({ alg: 'none', typ: 'JWT' })}.${claims}.`,
    `${part({ alg: 'none', typ: 'JWT' })}.${claims}.${signature}`,
    `${part({ alg: 'HS512', typ: 'JWT' })}.${claims}.${signature}`,
    `${part({ alg: 'HS256' })}.${forged}.${createHmac('sha256', '').update(`${head}.${forged}`).digest('base64url')}`,
    `${head}.${claims}.`,
    `${head}.${claims}`,
    '',
    '..',
    'x'.repeat(100_000),
  ]) {
    assert.equal(tokens.loginOf(token), undefined, token.slice(0, 80));
  }
});
