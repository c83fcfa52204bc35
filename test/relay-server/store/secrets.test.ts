import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  canonicalCode,
  credentialAgentId,
  hashSecret,
  isApiToken,
  newApiToken,
  newCredential,
  newEnrolmentCode,
  secretMatches,
} from '../../../relay-server/store/secrets.ts';

test('an enrolment code has three groups of five letters that cannot be confused', () => {
  for (let i = 0; i < 200; i++) {
    assert.match(newEnrolmentCode(), /^GW(-[0-9A-HJKMNP-TV-Z]{5}){3}$/);
  }
  assert.notEqual(newEnrolmentCode(), newEnrolmentCode());
});

test('a code is recognised however a person types it', () => {
  const code = 'GW-10ABC-DEFGH-JKMNP';
  for (const typed of [
    'gw-10abc-defgh-jkmnp',
    'GW10ABCDEFGHJKMNP',
    ' gw IOabc defgh jkmnp ',
    'GW-lOABC-DEFGH-JKMNP',
  ]) {
    assert.equal(canonicalCode(typed), code);
  }
  assert.equal(canonicalCode(code), code);
});

test('what is no code is no code', () => {
  for (const typed of [
    '',
    'GW-10ABC-DEFGH',
    'XX-10ABC-DEFGH-JKMNP',
    'GW-10ABC-DEFGH-JKMNU',
    'GW'.repeat(500),
  ]) {
    assert.equal(canonicalCode(typed), undefined);
  }
});

test('a credential names its agent, anything else names none', () => {
  const id = '896931b0-c87c-4375-a71e-0b4ab03c075b';
  assert.equal(credentialAgentId(newCredential(id)), id);
  for (const wrong of ['', `gwa_${id}_`, `gwa_${id}_xyz`, newApiToken(), `${newCredential(id)}0`]) {
    assert.equal(credentialAgentId(wrong), undefined);
  }
});

test('an API token is told from other secrets', () => {
  assert.ok(isApiToken(newApiToken()));
  assert.equal(isApiToken('gwt_'), false);
  assert.equal(isApiToken(newCredential('896931b0-c87c-4375-a71e-0b4ab03c075b')), false);
});

test('a hash matches its secret only', () => {
  const token = newApiToken();
  assert.ok(secretMatches(token, hashSecret(token)));
  assert.equal(secretMatches(newApiToken(), hashSecret(token)), false);
  assert.equal(secretMatches(token, ''), false);
});
