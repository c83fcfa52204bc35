import assert from 'node:assert/strict';
import { once } from 'node:events';
import { it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createSecureContext, TLSSocket } from 'node:tls';
import { shakeHands } from '../../../agent/server-tls/handshake.ts';
import { Resumption } from '../../../agent/server-tls/resumption.ts';
import { testAuthority } from '../../support/certificates.ts';
import { tcpPair } from '../../support/tcp-pair.ts';
import { contextOf } from '../../support/tls-script.ts';

const issued = await (await testAuthority()).issue({ names: ['ftp.test'] });
const secureContext = contextOf(issued);

/**
 * Bytes a server gets of a connection that is ended as soon as it stands and a signal has come. The signal is
 * sent in the turn of the server's part of the handshake, so that both arrive in one turn of ours.
 */
async function bytesOfEmpty(t: TestContext, waitTurns: number): Promise<number> {
  const [connection, signal] = [await tcpPair(), await tcpPair()];
  const { accepted, dialled } = connection;
  for (const one of [accepted, dialled, signal.accepted, signal.dialled]) {
    t.after(() => one.destroy());
  }
  const server = new TLSSocket(accepted, {
    isServer: true,
    secureContext,
    SNICallback: (_, answer) => {
      answer(null, secureContext);
      setImmediate(() => signal.dialled.write('now'));
    },
  });
  const signalled = new Promise<void>((resolve) => signal.accepted.once('data', () => resolve()));
  signal.accepted.resume();
  const plan = {
    how: 'implicit',
    trust: { by: 'insecure' },
    name: 'ftp.test',
    protectsData: true,
    context: createSecureContext(),
  } as const;
  const socket = await new Promise<TLSSocket>((secured, failed) => {
    const { signal: never } = new AbortController();
    const options = { plan, resumption: new Resumption(), of: 'data', signal: never } as const;
    shakeHands(dialled, options, { secured, failed });
  });
  await signalled;
  for (let waited = 0; waited < waitTurns; waited += 1) await turn();
  socket.end();
  server.resume();
  await once(server, 'end');
  return accepted.bytesRead;
}

it('an end in the turn in which the handshake ends is no less than a later one', async (t) => {
  const later = await bytesOfEmpty(t, 5);
  assert.equal(await bytesOfEmpty(t, 0), later, 'close_notify and all');
});
