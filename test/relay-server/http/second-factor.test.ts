import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import { ACCESS_LIMITS } from '../../../relay-server/limits.ts';
import { addUser, api, type Api, Browser, loggedIn, PASSWORD } from './api-fixture.ts';

const STEP = 30_000;

/** A phone whose clock is the wall's, or off by some milliseconds. */
function phone(secret: string, { wall }: Api): (off?: number) => string {
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  return (off = 0) => totp.generate({ timestamp: wall.at + off });
}

/** Somebody with a second factor; a new time step has begun. */
async function withTotp(t: TestContext) {
  const on = await api(t);
  await addUser(on, 'anna', 'viewer');
  const browser = await loggedIn(on, 'anna');
  const offer = await browser.call('POST', '/auth/totp', { password: PASSWORD });
  assert.equal(offer.status, 200);
  const code = phone(offer.json.secret, on);
  const confirmed = await browser.call('POST', '/auth/totp/confirm', { code: code() });
  assert.equal(confirmed.status, 200, JSON.stringify(confirmed.json));
  const recoveryCodes: string[] = confirmed.json.recoveryCodes;
  return { on, browser, offer: offer.json, code, recoveryCodes };
}

test('a second factor is offered as text, link and picture, and counts once confirmed', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna', 'viewer');
  const browser = await loggedIn(on, 'anna');
  const { secret, uri, qr } = (await browser.call('POST', '/auth/totp', { password: PASSWORD }))
    .json;
  assert.match(secret, /^[A-Z2-7]{32}$/);
  assert.match(uri, /^otpauth:\/\/totp\/Gangway:anna\?issuer=Gangway&secret=/);
  assert.match(qr, /^<svg /);
  assert.equal(/script|href|style=/.test(qr), false);
  assert.equal((await new Browser(on).logIn('anna')).status, 200);
  const wrong = await browser.call('POST', '/auth/totp/confirm', { code: '000000' });
  assert.deepEqual([wrong.status, wrong.json.error.code], [400, 'totp-code-wrong']);
  const code = phone(secret, on);
  const right = await browser.call('POST', '/auth/totp/confirm', { code: code() });
  assert.equal(new Set(right.json.recoveryCodes).size, ACCESS_LIMITS.recoveryCodes);
  const again = await browser.call('POST', '/auth/totp/confirm', { code: code(STEP) });
  assert.deepEqual([again.status, again.json.error.code], [409, 'totp-not-offered']);
  const { me } = (await browser.call('GET', '/auth/me')).json;
  assert.deepEqual([me.totp, me.recoveryCodesLeft], [true, ACCESS_LIMITS.recoveryCodes]);
});

test('with a second factor the right password alone asks for the code', async (t) => {
  const { on, code } = await withTotp(t);
  on.wall.at += STEP;
  const browser = new Browser(on);
  const asked = await browser.logIn('anna');
  assert.deepEqual([asked.status, asked.json.error.code], [401, 'second-factor-required']);
  assert.equal(browser.cookies.size, 0);
  const guessed = await browser.logIn('anna', 'not the password', code());
  assert.deepEqual([guessed.status, guessed.json.error.code], [401, 'login-refused']);
  const spaced = `${code().slice(0, 3)} ${code().slice(3)}`;
  assert.equal((await browser.logIn('anna', PASSWORD, spaced)).status, 200);
});

test('a code counts once, also the one that confirmed it, and an older one no more', async (t) => {
  const { on, code } = await withTotp(t);
  const confirming = await new Browser(on).logIn('anna', PASSWORD, code());
  assert.deepEqual([confirming.status, confirming.json.error.code], [401, 'login-refused']);
  on.wall.at += 2 * STEP;
  assert.equal((await new Browser(on).logIn('anna', PASSWORD, code())).status, 200);
  assert.equal((await new Browser(on).logIn('anna', PASSWORD, code())).status, 401);
  assert.equal((await new Browser(on).logIn('anna', PASSWORD, code(-STEP))).status, 401);
  on.wall.at += STEP;
  const both = [0, 0].map(() => new Browser(on).logIn('anna', PASSWORD, code()));
  const statuses = (await Promise.all(both)).map(({ status }) => status);
  assert.deepEqual(
    statuses.sort((a, b) => a - b),
    [200, 401],
  );
});

test('a phone may be half a minute off, and not two', async (t) => {
  const { on, code } = await withTotp(t);
  for (const [off, status] of [
    [-STEP, 200],
    [STEP, 200],
    [-3 * STEP, 401],
    [3 * STEP, 401],
  ] as const) {
    on.wall.at += 10 * STEP;
    assert.equal((await new Browser(on).logIn('anna', PASSWORD, code(off))).status, status);
  }
});

test('a recovery code is good for one login, however it is written', async (t) => {
  const { on, recoveryCodes } = await withTotp(t);
  const [first = '', second = ''] = recoveryCodes;
  const typed = ` ${first.toLowerCase().replaceAll('-', '')} `;
  const { status, json } = await new Browser(on).logIn('anna', PASSWORD, typed);
  assert.deepEqual([status, json.me.recoveryCodesLeft], [200, ACCESS_LIMITS.recoveryCodes - 1]);
  assert.equal((await new Browser(on).logIn('anna', PASSWORD, first)).status, 401);
  assert.equal((await new Browser(on).logIn('anna', PASSWORD, second)).status, 200);
  const { items } = (await on.call('GET', '/api/v1/audit?action=auth.login')).json;
  assert.deepEqual(items[0].after.by, 'recovery-code');
});

test('codes cannot be guessed by who has the password', async (t) => {
  const { on, code } = await withTotp(t);
  on.wall.at += STEP;
  for (let i = 0; i < ACCESS_LIMITS.codeFailures; i++) {
    const { status } = await new Browser(on, `198.51.100.${i}`).logIn('anna', PASSWORD, '12345x');
    assert.equal(status, 401);
  }
  const held = await new Browser(on).logIn('anna', PASSWORD, code());
  assert.deepEqual([held.status, held.json.error.code], [429, 'too-many-attempts']);
  on.clock.at += ACCESS_LIMITS.userWindow;
  assert.equal((await new Browser(on).logIn('anna', PASSWORD, code())).status, 200);
});

test('it is taken away by the password, or by an admin for who lost the phone', async (t) => {
  const { on, browser } = await withTotp(t);
  const refused = await browser.call('POST', '/auth/totp/disable', { password: 'a guess' });
  assert.deepEqual([refused.status, refused.json.error.code], [403, 'password-wrong']);
  assert.equal(
    (await browser.call('POST', '/auth/totp/disable', { password: PASSWORD })).status,
    204,
  );
  assert.equal((await new Browser(on).logIn('anna')).status, 200);
  const offer = await browser.call('POST', '/auth/totp', { password: PASSWORD });
  on.wall.at += STEP;
  const code = phone(offer.json.secret, on);
  await browser.call('POST', '/auth/totp/confirm', { code: code() });
  assert.equal((await new Browser(on).logIn('anna')).status, 401);
  const taken = await on.call('PATCH', '/api/v1/users/anna', { totp: false });
  assert.deepEqual([taken.status, taken.json.user.totp], [200, false]);
  assert.equal((await new Browser(on).logIn('anna')).status, 200);
});

test('what a second factor is made of is in no answer and no log', async (t) => {
  const { on, offer, recoveryCodes } = await withTotp(t);
  const shown = [
    ...on.lines,
    JSON.stringify((await on.call('GET', '/api/v1/users')).json),
    JSON.stringify((await on.call('GET', '/api/v1/audit')).json),
  ].join('');
  for (const secret of [offer.secret, PASSWORD, 'argon2', ...recoveryCodes])
    assert.equal(shown.includes(secret), false);
});
