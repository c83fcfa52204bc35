import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { PassivePorts } from '../../../relay-server/gateway/passive-ports.ts';
import { reservePortBlock } from '../../support/ports.ts';
import { dial } from '../../support/raw-client.ts';

const HOST = '127.0.0.1';

async function opened(t: TestContext): Promise<PassivePorts> {
  const block = await reservePortBlock(2);
  t.after(() => block.release());
  const logger = pino({ level: 'silent' });
  const at = { host: HOST, from: block.first, to: block.last };
  const ports = await PassivePorts.open({ ...at, isBalancer: () => false, logger });
  t.after(() => ports.close());
  return ports;
}

async function met(port: number): Promise<{ said: string; outcome: string }> {
  const stranger = await dial({ host: HOST, port });
  const outcome = await stranger.outcome;
  stranger.end();
  return { said: stranger.received.toString(), outcome };
}

test('ports say which they are to strangers, each its own, for as long as somebody wants it', async (t) => {
  const ports = await opened(t);
  const [first, second] = [ports.introduce(), ports.introduce()];
  const words = new Set<string>();
  for (const port of ports.ports) {
    assert.deepEqual(await met(port), { said: `${first.word(port)}\r\n`, outcome: 'fin' });
    words.add(first.word(port));
  }
  assert.equal(words.size, 2);
  first.stop();
  first.stop();
  const [port = 0] = ports.ports;
  assert.equal((await met(port)).said, `${second.word(port)}\r\n`, 'the other still wants it');
  second.stop();
  assert.deepEqual(await met(port), { said: '', outcome: 'rst' });
});

test('who was promised a port gets it meanwhile, and reads nothing of it', async (t) => {
  const ports = await opened(t);
  const { stop } = ports.introduce();
  const arrived = Promise.withResolvers<void>();
  const terms = { client: HOST, source: 'same', admits: () => true, fxp: undefined } as const;
  const promise = ports.promise(
    { ...terms, believes: () => false },
    {
      accepted: ({ socket }) => {
        socket.end('data');
        socket.resume();
        arrived.resolve();
      },
      stranger: () => assert.fail('it is nobody else'),
    },
  );
  assert.ok('port' in promise);
  const client = await dial({ host: HOST, port: promise.port });
  await arrived.promise;
  assert.equal(await client.outcome, 'fin');
  client.end();
  assert.equal(client.received.toString(), 'data');
  stop();
});
