import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { testAuthority } from './certificates.ts';

test('a client that trusts the root accepts the chain, and one that does not refuses it', async () => {
  const authority = await testAuthority();
  const issued = await authority.issue({ names: ['ftp.example.org', '127.0.0.1'] });
  const leaf = new X509Certificate(issued.cert);
  assert.equal(leaf.fingerprint256.replaceAll(':', '').toLowerCase(), issued.fingerprint);
  const server = createServer({ cert: issued.cert, key: issued.key }, (socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const trusting = connect({ port, host: '127.0.0.1', ca: authority.ca });
  await once(trusting, 'secureConnect');
  trusting.destroy();
  const wary = connect({ port, host: '127.0.0.1' });
  const [error] = (await once(wary, 'error')) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
  server.close();
});
