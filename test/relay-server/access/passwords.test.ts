import assert from 'node:assert/strict';
import { argon2Sync } from 'node:crypto';
import { test } from 'node:test';
import { Passwords } from '../../../relay-server/access/passwords.ts';

const PASSWORD = 'correct horse battery';

test('a hash is argon2id with its costs and a salt of its own, and matches its password alone', async () => {
  const passwords = new Passwords();
  const [one, other] = [await passwords.hash(PASSWORD), await passwords.hash(PASSWORD)];
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.notEqual(one, other);
  assert.equal(await passwords.matches(PASSWORD, one), true);
  assert.equal(await passwords.matches(`${PASSWORD}x`, one), false);
});

test('a hash keeps its own costs, so that it outlives a change of ours', async () => {
  const nonce = Buffer.from('sixteen bytes ok');
  const cost = { memory: 8192, passes: 3, parallelism: 2 };
  const message = Buffer.from(PASSWORD);
  const tag = argon2Sync('argon2id', { message, nonce, tagLength: 32, ...cost });
  const text = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
  const hash = `$argon2id$v=19$m=8192,t=3,p=2$${text(nonce)}$${text(tag)}`;
  assert.equal(await new Passwords().matches(PASSWORD, hash), true);
  assert.equal(await new Passwords().matches(PASSWORD, hash.replace('t=3', 't=2')), false);
});

test('where there is no hash nothing matches, nor where it is none of ours', async () => {
  const passwords = new Passwords();
  for (const hash of [undefined, '', 'plain', '$argon2i$v=19$m=8,t=1,p=1$YWFhYWFhYWE$YQ', PASSWORD])
    assert.equal(await passwords.matches(PASSWORD, hash), false);
});
