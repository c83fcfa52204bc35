import assert from 'node:assert/strict';
import { constants } from 'node:crypto';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { TLS_LIMITS } from '../../../shared/limits.ts';
import { TlsTerminator } from '../../../shared/net/tls-terminator.ts';
import { testAuthority } from '../../support/certificates.ts';
import { tcpPairFor } from '../../support/tcp-pair.ts';
import { tlsClient } from '../../support/tls-handshakes.ts';

const authority = await testAuthority();
const first = await authority.issue({ names: ['localhost'] });
const second = await authority.issue({ names: ['localhost'] });
const named = await authority.issue({ names: ['ftp.example.org'] });

interface Ends {
  readonly client: TLSSocket;
  readonly server: TLSSocket;
}

async function handshake(
  t: TestContext,
  terminator: TlsTerminator,
  options: ConnectionOptions = {},
): Promise<Ends> {
  const { accepted, dialled } = await tcpPairFor(t);
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  terminator.secure(accepted, {
    secured: resolve,
    failed: ({ reason }) => reject(new Error(reason)),
  });
  const client = tlsClient(dialled, { ca: authority.ca, ...options });
  const server = await promise;
  server.on('error', () => {}).resume();
  return { client, server };
}

/** The newest session the client could resume, once there is one. */
async function sessionOf({ client, server }: Ends): Promise<Buffer> {
  const ticket = once(client, 'session') as Promise<[Buffer]>;
  client.resume();
  server.write('x');
  return (await ticket)[0];
}

describe('sessions', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const only = { minVersion: version, maxVersion: version };

    it(`are resumed by ticket, in ${version}, again and again`, async (t) => {
      const terminator = new TlsTerminator({ identityFor: () => first });
      const session = await sessionOf(await handshake(t, terminator, only));
      for (let time = 0; time < 3; time += 1) {
        const { server } = await handshake(t, terminator, { ...only, session });
        assert.equal(server.isSessionReused(), true);
      }
    });

    it(`are not taken from another terminator, in ${version}`, async (t) => {
      const terminator = new TlsTerminator({ identityFor: () => first });
      const session = await sessionOf(await handshake(t, terminator, only));
      for (const other of [terminator.apart(), new TlsTerminator({ identityFor: () => first })]) {
        const { server } = await handshake(t, other, { ...only, session });
        assert.equal(server.isSessionReused(), false);
      }
    });

    it(`outlive a new certificate, in ${version}`, async (t) => {
      let identity = first;
      const terminator = new TlsTerminator({ identityFor: () => identity });
      const session = await sessionOf(await handshake(t, terminator, only));
      identity = second;
      const { server } = await handshake(t, terminator, { ...only, session });
      assert.equal(server.isSessionReused(), true);
    });
  }

  /** As programs on libcurl are in TLS 1.2. */
  const withoutTickets = {
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_TICKET,
  } as const;

  it('are resumed by id for a client that takes no tickets, at the same terminator only', async (t) => {
    const terminator = new TlsTerminator({ identityFor: () => first });
    const { client } = await handshake(t, terminator, withoutTickets);
    const session = client.getSession();
    const again = await handshake(t, terminator, { ...withoutTickets, session });
    assert.equal(again.server.isSessionReused(), true);
    const apart = await handshake(t, terminator.apart(), { ...withoutTickets, session });
    assert.equal(apart.server.isSessionReused(), false);
  });

  it('by id are kept in bounded numbers, the newest', async (t) => {
    const terminator = new TlsTerminator({ identityFor: () => first });
    const { client } = await handshake(t, terminator, withoutTickets);
    const session = client.getSession();
    for (let time = 0; time < TLS_LIMITS.storedSessions; time += 1) {
      const newer = await handshake(t, terminator, withoutTickets);
      newer.client.destroy();
    }
    const { server } = await handshake(t, terminator, { ...withoutTickets, session });
    assert.equal(server.isSessionReused(), false);
  });
});

it('a new certificate is shown from the next handshake on, and running connections stay', async (t) => {
  let identity = first;
  const terminator = new TlsTerminator({ identityFor: () => identity });
  const before = await handshake(t, terminator);
  identity = second;
  const after = await handshake(t, terminator);
  assert.equal(fingerprint(before.client), first.fingerprint);
  assert.equal(fingerprint(after.client), second.fingerprint);
  before.server.write('still here');
  assert.equal(String(((await once(before.client, 'data')) as [Buffer])[0]), 'still here');
});

it('the certificate is chosen by the name the client asks for', async (t) => {
  const terminator = new TlsTerminator({
    identityFor: (name) => (name === 'ftp.example.org' ? named : first),
  });
  const { client, server } = await handshake(t, terminator, { servername: 'ftp.example.org' });
  assert.equal(fingerprint(client), named.fingerprint);
  assert.equal(server.servername, 'ftp.example.org');
});

for (const ciphers of ['AES128-SHA', 'ECDHE-ECDSA-AES128-SHA256']) {
  it(`a client that knows ${ciphers} only is refused`, async (t) => {
    const terminator = new TlsTerminator({ identityFor: () => first });
    const refused = handshake(t, terminator, { maxVersion: 'TLSv1.2', ciphers });
    await assert.rejects(refused, /knows none of the ciphers/);
  });
}

function fingerprint(socket: TLSSocket): string {
  return socket.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase();
}
