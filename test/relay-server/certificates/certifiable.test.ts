import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certifiableNames } from '../../../relay-server/certificates/certifiable.ts';
import { CERTIFICATE_LIMITS } from '../../../relay-server/limits.ts';

test('whole host names are asked for, each once and in small letters', () => {
  const names = ['Relay.Example.org', 'relay.example.org.', 'shop.example.org', 'xn--bcher-kva.de'];
  assert.deepEqual(certifiableNames(names), [
    'relay.example.org',
    'shop.example.org',
    'xn--bcher-kva.de',
  ]);
});

test('nothing is asked for an address, a single label or what is no host name', () => {
  const names = ['203.0.113.7', '2001:db8::1', 'localhost', '', '.', 'a..b', '-a.example.org'];
  const more = ['a_b.example.org', '*.example.org', 'a b.example.org', '../../etc/passwd', '1.2'];
  const long = [`${'a'.repeat(64)}.org`, `${'abc.'.repeat(64)}org`];
  assert.deepEqual(certifiableNames([...names, ...more, ...long]), []);
});

test('no more names are asked for than a large relay has tunnels', () => {
  const many = Array.from({ length: 1000 }, (_, index) => `t${index}.example.org`);
  assert.deepEqual(certifiableNames(many), many.slice(0, CERTIFICATE_LIMITS.names));
});
