import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { ServerTlsFault } from '../../../agent/server-tls/fault.ts';
import type { ServerTlsPlan } from '../../../agent/server-tls/plan.ts';
import { Resumption } from '../../../agent/server-tls/resumption.ts';
import { secureControl, secureData } from '../../../agent/server-tls/secure.ts';
import { AGENT_LIMITS, SLAB_LIMITS } from '../../../shared/limits.ts';
import { SlabPool } from '../../../shared/net/slab-pool.ts';
import { controlOn } from '../../support/server-control.ts';
import { tcpPair } from '../../support/tcp-pair.ts';
import { WatchedSocket } from '../../support/watched-socket.ts';

const PLAN: ServerTlsPlan = {
  how: 'explicit',
  trust: { by: 'insecure' },
  name: undefined,
  protectsData: true,
  context: createSecureContext(),
};
const NOTHING = Promise.resolve(new Uint8Array(0));

/** A connection with a server that is the test, and time that is the test's, too. */
async function connection(t: TestContext): Promise<{ raw: Socket; server: WatchedSocket }> {
  const { accepted, dialled } = await tcpPair();
  const server = new WatchedSocket(accepted);
  accepted.resume();
  t.after(() => accepted.destroy());
  t.mock.timers.enable({ apis: ['setTimeout'] });
  return { raw: dialled, server };
}

/** Waits for bytes of ours without a timer. */
async function hears(server: WatchedSocket, bytes: number): Promise<void> {
  while (server.bytes < bytes) await turn();
}

function control(raw: Socket): { fault: Promise<ServerTlsFault> } {
  const { promise: fault, resolve, reject } = Promise.withResolvers<ServerTlsFault>();
  const unexpected = (): void => reject(new Error('it was not to come so far'));
  const outcome = { secured: unexpected, turnedAway: unexpected, failed: resolve };
  const { signal } = new AbortController();
  const options = { plan: PLAN, preamble: NOTHING, resumption: new Resumption(), signal };
  void secureControl(raw, { ...options, pass: () => {} }, outcome);
  return { fault };
}

it('a server that sends no greeting is waited for as long as clients wait', async (t) => {
  const { raw, server } = await connection(t);
  const { fault } = control(raw);
  await turn();
  t.mock.timers.tick(AGENT_LIMITS.serverGreeting);
  assert.match((await fault).message, /no answer to our connection within 60 seconds/);
  assert.equal(await server.finished, 'rst');
});

it('a server that does not answer AUTH TLS', async (t) => {
  const { raw, server } = await connection(t);
  const { fault } = control(raw);
  server.send('220 ready\r\n');
  await hears(server, 1);
  t.mock.timers.tick(AGENT_LIMITS.serverTls);
  assert.match((await fault).message, /no answer to AUTH TLS within 15 seconds/);
  assert.equal(await server.finished, 'rst');
});

it('a server that does not answer the handshake', async (t) => {
  const { raw, server } = await connection(t);
  const { fault } = control(raw);
  server.send('220 ready\r\n');
  await hears(server, 1);
  server.send('234 go ahead\r\n');
  await hears(server, 'AUTH TLS\r\n'.length + 1);
  t.mock.timers.tick(AGENT_LIMITS.serverTls);
  assert.match((await fault).message, /did not finish the TLS handshake within 15 seconds/);
  assert.equal(await server.finished, 'rst');
});

it('a handshake on a data connection has its time from the 150 on, and no limit before', async (t) => {
  const { raw, server } = await connection(t);
  const session = controlOn(raw);
  const { promise: fault, resolve, reject } = Promise.withResolvers<ServerTlsFault>();
  const { signal } = new AbortController();
  void secureData(
    raw,
    { plan: PLAN, control: session, gather: new SlabPool(SLAB_LIMITS), preamble: NOTHING, signal },
    { secured: () => reject(new Error('it was not to come so far')), failed: resolve },
  );
  session.watchCommands(Buffer.from('RETR file\r\n'));
  await hears(server, 1);
  t.mock.timers.tick(10 * AGENT_LIMITS.serverTls);
  assert.equal(raw.destroyed, false);
  session.watchReplies(Buffer.from('550 no such file\r\n'));
  t.mock.timers.tick(AGENT_LIMITS.serverTls);
  assert.equal(raw.destroyed, false);
  session.watchReplies(Buffer.from('150 here it comes\r\n'));
  t.mock.timers.tick(AGENT_LIMITS.serverTls);
  assert.match((await fault).message, /did not finish the TLS handshake/);
  assert.equal(await server.finished, 'rst');
});

it('an attempt that nobody waits for any more is reset at any stage, and told nobody', async (t) => {
  for (const stage of ['greeting', 'answer', 'handshake']) {
    const { accepted, dialled } = await tcpPair();
    const server = new WatchedSocket(accepted);
    accepted.resume();
    t.after(() => accepted.destroy());
    const gone = new AbortController();
    const told = (): void => assert.fail('nobody is to be told');
    const options = { plan: PLAN, preamble: NOTHING, resumption: new Resumption() };
    const over = secureControl(
      dialled,
      { ...options, signal: gone.signal, pass: () => {} },
      { secured: told, turnedAway: told, failed: told },
    );
    if (stage !== 'greeting') server.send('220 ready\r\n');
    if (stage !== 'greeting') await hears(server, 1);
    if (stage === 'handshake') server.send('234 go ahead\r\n');
    if (stage === 'handshake') await hears(server, 'AUTH TLS\r\n'.length + 1);
    gone.abort();
    assert.equal(await server.finished, 'rst', stage);
    if (stage !== 'handshake') await over;
    if (!dialled.closed) await once(dialled, 'close');
  }
});
