import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  acceptFor,
  answer101,
  faultOfAnswer,
  faultOfRequest,
  requestHeaders,
} from '../../../shared/net/websocket-handshake.ts';
import { ownClient, ownServer } from '../../support/websocket-pairs.ts';

test('the example of RFC 6455 §1.3', () => {
  assert.equal(acceptFor('dGhlIHNhbXBsZSBub25jZQ=='), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
});

test('our request has no fault, and every key is another', () => {
  const { key, headers } = requestHeaders('v1');
  assert.equal(faultOfRequest('GET', headers), undefined);
  assert.notEqual(requestHeaders('v1').key, key);
});

describe('requests that are refused', () => {
  const { headers } = requestHeaders('v1');
  const requests: Record<string, [string, Record<string, string | undefined>]> = {
    'another method': ['POST', headers],
    'another protocol to upgrade to': ['GET', { ...headers, upgrade: 'h2c' }],
    'no protocol to upgrade to': ['GET', { ...headers, upgrade: undefined }],
    'another version': ['GET', { ...headers, 'sec-websocket-version': '8' }],
    'no key': ['GET', { ...headers, 'sec-websocket-key': undefined }],
    'a key of the wrong length': ['GET', { ...headers, 'sec-websocket-key': 'YWJj' }],
    'a key that is no base64': ['GET', { ...headers, 'sec-websocket-key': '!'.repeat(22) + '==' }],
  };
  for (const [name, [method, offered]] of Object.entries(requests)) {
    test(name, () => assert.notEqual(faultOfRequest(method, offered), undefined));
  }
});

describe('answers that are no agreement', () => {
  const key = 'dGhlIHNhbXBsZSBub25jZQ==';
  const good = {
    upgrade: 'WebSocket',
    'sec-websocket-accept': acceptFor(key),
    'sec-websocket-protocol': 'v1',
  };
  test('ours is one', () => {
    assert.equal(faultOfAnswer(good, key, 'v1'), undefined);
    const text = answer101({ 'sec-websocket-key': key }, 'v1');
    assert.match(
      text,
      /^HTTP\/1\.1 101 [^]+Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n[^]+: v1\r\n\r\n$/,
    );
  });
  const answers = {
    'another protocol': { ...good, upgrade: 'h2c' },
    'another accept': { ...good, 'sec-websocket-accept': acceptFor('x') },
    'another subprotocol': { ...good, 'sec-websocket-protocol': 'v2' },
    'an extension nobody offered': { ...good, 'sec-websocket-extensions': 'permessage-deflate' },
  };
  for (const [name, answer] of Object.entries(answers)) {
    test(name, () => assert.notEqual(faultOfAnswer(answer, key, 'v1'), undefined));
  }
});

test('package ws accepts both halves', { timeout: 10_000 }, async () => {
  for (const against of [ownClient, ownServer]) {
    const { own, other } = await against();
    assert.equal(other.protocol, 'test.v1');
    own.terminate();
    other.terminate();
  }
});
