import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { pino } from 'pino';
import { Budget } from '../../../agent/outside/budget.ts';
import { Observer } from '../../../agent/outside/observer.ts';
import { OutsidePolicy } from '../../../agent/outside/policy.ts';
import { PROBE_LIMITS } from '../../../shared/limits.ts';
import { certificateFacts } from '../../../shared/net/certificate-facts.ts';
import { encodeMessage } from '../../../shared/proto/link-messages.ts';
import type { PortSeen, ProbeAnswer } from '../../../shared/proto/probes.ts';
import { PROTO_LIMITS } from '../../../shared/limits.ts';
import { listening } from '../../support/listening.ts';
import { reservePortBlock } from '../../support/ports.ts';
import { X509Certificate } from 'node:crypto';
import { testAuthority } from '../../support/certificates.ts';
import { createSecureContext, TLSSocket } from 'node:tls';

const HOST = '127.0.0.1';

function observer({ connections = 1_000, server = 1 } = {}): Observer {
  const policy = new OutsidePolicy({
    relayHost: HOST,
    carrierAddress: HOST,
    privateRelay: false,
    server: { host: HOST, port: server },
  });
  const budget = new Budget(connections, 1_000, () => 0);
  return new Observer({ policy, budget, logger: pino({ level: 'silent' }) });
}

function listener(t: TestContext, met: (socket: Socket) => void): Promise<number> {
  return listening(t, createServer(met));
}

function portsOf(answer: ProbeAnswer): PortSeen[] {
  assert.equal(answer.kind, 'connect', JSON.stringify(answer));
  return answer.kind === 'connect' ? answer.ports : [];
}

describe('what an agent answers of what it sees', () => {
  it('ports that greet, are reset and are closed, each told apart', async (t) => {
    const block = await reservePortBlock(1);
    t.after(() => block.release());
    const greets = await listener(t, (socket) => socket.write('220 hello\u001b[2J\r\nmore\r\n'));
    const resets = await listener(t, (socket) => socket.resetAndDestroy());
    const ports = [greets, resets, block.first];
    const seen = portsOf(await observer().answer({ kind: 'connect', address: HOST, ports }));
    assert.deepEqual(
      seen.map(({ port, outcome, said }) => ({ port, outcome, said })),
      [
        { port: greets, outcome: 'open', said: '220 hello?[2J' },
        { port: resets, outcome: 'open', said: undefined },
        { port: block.first, outcome: 'refused', said: undefined },
      ],
    );
  });

  it('a port that talks without end is cut off, and all answers fit into one message', async (t) => {
    const endless = await listener(t, (socket) => socket.write('"\\'.repeat(100_000)));
    const ports = Array.from({ length: PROBE_LIMITS.ports }, () => endless);
    const answer = await observer().answer({ kind: 'connect', address: HOST, ports });
    for (const { said } of portsOf(answer)) assert.equal(said?.length, PROBE_LIMITS.saidText);
    const message = encodeMessage({ t: 'probed', id: 0xffff_ffff, answer });
    assert.ok(message.length <= PROTO_LIMITS.message, `${message.length} bytes`);
  });

  it('what its policy forbids is refused, and nobody is connected to', async (t) => {
    const port = await listener(t, () => assert.fail('somebody came'));
    const answer = await observer({ server: port }).answer({
      kind: 'connect',
      address: HOST,
      ports: [port],
    });
    assert.deepEqual(answer, { kind: 'refused', reason: 'that is the FTP server' });
    const tls = { kind: 'tls', address: HOST, port, begins: 'implicit', name: HOST } as const;
    assert.equal((await observer({ server: port }).answer(tls)).kind, 'refused');
  });

  it('more questions at once than it works on, and more connections than it makes, are refused', async (t) => {
    const silent = await listener(t, () => {});
    const one = observer();
    const ask = (): Promise<ProbeAnswer> =>
      one.answer({ kind: 'connect', address: HOST, ports: [silent, silent] });
    const answers = await Promise.all(Array.from({ length: PROBE_LIMITS.atOnce + 3 }, ask));
    assert.equal(answers.filter(({ kind }) => kind === 'refused').length, 3);
    const poor = observer({ connections: 3 });
    const again = (): Promise<ProbeAnswer> =>
      poor.answer({ kind: 'connect', address: HOST, ports: [silent, silent] });
    assert.deepEqual([(await again()).kind, (await again()).kind], ['connect', 'refused']);
  });

  it('a certificate after AUTH TLS: which it is, and why it is not believed', async (t) => {
    const issued = await (await testAuthority()).issue({ names: ['ftp.test'] });
    const secureContext = createSecureContext({ cert: issued.cert, key: issued.key });
    const port = await listener(t, (socket) => {
      socket.write('220 ready\r\n');
      socket.once('data', (chunk) => {
        assert.equal(chunk.toString(), 'AUTH TLS\r\n');
        socket.write('234 go\r\n');
        new TLSSocket(socket, { isServer: true, secureContext }).on('error', () => {});
      });
    });
    const probe = { kind: 'tls', address: HOST, port, begins: 'explicit' } as const;
    const answer = await observer().answer({ ...probe, name: 'ftp.test' });
    assert.ok(answer.kind === 'tls', JSON.stringify(answer));
    const { fingerprint, names } = certificateFacts(new X509Certificate(issued.cert));
    assert.deepEqual([answer.fingerprint, answer.names], [fingerprint, names]);
    assert.equal(answer.refusedAs, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
  });

  it('a port without TLS is a failure in words', async (t) => {
    const port = await listener(t, (socket) => {
      socket.write('220 ready\r\n');
      socket.on('data', () => socket.write('502 no\r\n'));
    });
    const probe = { kind: 'tls', address: HOST, port, name: HOST } as const;
    const answer = await observer().answer({ ...probe, begins: 'explicit' });
    assert.ok(answer.kind === 'failed', JSON.stringify(answer));
    assert.match(answer.reason, /AUTH TLS was answered 502 no/);
    assert.equal((await observer().answer({ ...probe, begins: 'implicit' })).kind, 'failed');
  });

  it('a budget is whole again when its window is over', () => {
    let now = 0;
    const budget = new Budget(2, 100, () => now);
    assert.deepEqual([budget.spend(2), budget.spend(1)], [true, false]);
    now = 99;
    assert.equal(budget.spend(1), false);
    now = 100;
    assert.equal(budget.spend(2), true);
  });
});
