import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCESS_LIMITS } from '../../../relay-server/limits.ts';
import { addUser, api, Browser, loggedIn, PASSWORD } from './api-fixture.ts';

const { addressFailures, addressWindow, userFailures, userWindow } = ACCESS_LIMITS;

test('an address that guesses passwords has to wait, whatever names it tries', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  const guesser = new Browser(on);
  for (let i = 0; i < addressFailures; i++)
    assert.equal((await guesser.logIn(`user${i}`, 'a guess')).status, 401);
  const held = await guesser.logIn('anna');
  assert.deepEqual([held.status, held.json.error.code], [429, 'too-many-attempts']);
  assert.equal(held.headers['retry-after'], String(addressWindow / 1000));
  const elsewhere = new Browser(on, '192.0.2.11');
  assert.equal((await elsewhere.logIn('anna')).status, 200);
  on.clock.at += addressWindow;
  assert.equal((await guesser.logIn('anna')).status, 200);
});

test('guesses sent at once count before any of them is answered', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  const guesser = new Browser(on);
  const many = Array.from({ length: addressFailures + 10 }, () => guesser.logIn('anna', 'a guess'));
  const refused = (await Promise.all(many)).filter(({ status }) => status === 429);
  assert.equal(refused.length, 10);
});

test('the passwords of one user cannot be guessed from many addresses', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  await addUser(on, 'bert');
  const inside = await loggedIn(on, 'anna');
  for (let i = 0; i < userFailures; i++) {
    const { status } = await new Browser(on, `198.51.100.${i}`).logIn('Anna ', 'a guess');
    assert.equal(status, 401);
  }
  const owner = new Browser(on, '192.0.2.11');
  assert.equal((await owner.logIn('anna')).status, 429);
  assert.equal((await owner.logIn('bert')).status, 200);
  // Who is in stays in, and may even change the password that is guessed.
  const change = { current: PASSWORD, next: 'another password' };
  assert.equal((await inside.call('POST', '/auth/password', change)).status, 200);
  on.clock.at += userWindow;
  assert.equal((await owner.logIn('anna', 'another password')).status, 200);
});

test('logins that succeed do not count', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  const browser = new Browser(on);
  for (let i = 0; i < addressFailures + 5; i++)
    assert.equal((await browser.logIn('anna')).status, 200);
});

test('somebody at an open screen cannot guess the password there either', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  const browser = await loggedIn(on, 'anna');
  const guess = { current: 'a guess', next: 'another password' };
  for (let i = 0; i < ACCESS_LIMITS.codeFailures; i++) {
    const { status, json } = await browser.call('POST', '/auth/password', guess);
    assert.deepEqual([status, json.error.code], [403, 'password-wrong']);
  }
  const right = { current: PASSWORD, next: 'another password' };
  assert.equal((await browser.call('POST', '/auth/password', right)).status, 429);
});

test('more logins than can be worked on are told to come again, and are no guesses', async (t) => {
  const on = await api(t);
  await addUser(on, 'anna');
  const waiting = ACCESS_LIMITS.hashesAtOnce + ACCESS_LIMITS.hashesWaiting;
  const all = Array.from({ length: waiting + 5 }, (_, i) =>
    new Browser(on, `198.51.100.${i}`).logIn('anna'),
  );
  const statuses = (await Promise.all(all)).map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 503).length, 5);
  assert.equal(statuses.filter((status) => status === 200).length, waiting);
});
