import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { pino } from 'pino';
import { Budget } from '../../../agent/outside/budget.ts';
import { OutsideConnections } from '../../../agent/outside/connections.ts';
import { OutsidePolicy } from '../../../agent/outside/policy.ts';
import type { ChannelBroken } from '../../../shared/channel.ts';
import { PROBE_LIMITS } from '../../../shared/limits.ts';
import { Link } from '../../../shared/mux/link.ts';
import type { Stream } from '../../../shared/mux/stream.ts';
import { decodeOpenRequest, encodeOpenRequest } from '../../../shared/proto/open-request.ts';
import { RESET_CODE_NAMES } from '../../../shared/proto/reset-codes.ts';
import { runningMemoryCarriers } from '../../support/memory-carrier.ts';

const HOST = '127.0.0.1';

interface Bench {
  /** Opens a connection as the relay does; what it says, and how it ended. */
  readonly open: (host: string, port: number) => Opened;
  readonly port: number;
  /** Connections that have come to the port. */
  readonly met: () => number;
}

interface Opened {
  readonly stream: Stream;
  readonly said: Promise<string>;
  readonly over: Promise<ChannelBroken | undefined>;
}

async function bench(t: TestContext, { privateRelay = true, server = 1 } = {}): Promise<Bench> {
  let met = 0;
  const listener = createServer((socket) => {
    met += 1;
    socket.on('error', () => {}).write('220 here');
    t.after(() => socket.destroy());
  });
  listener.listen(0, HOST);
  await once(listener, 'listening');
  t.after(() => listener.close());
  const { port } = listener.address() as AddressInfo;
  const policy = new OutsidePolicy({
    relayHost: HOST,
    carrierAddress: HOST,
    privateRelay,
    server: { host: HOST, port: server === 0 ? port : server },
  });
  const logger = pino({ level: 'silent' });
  const outside = new OutsideConnections({ policy, logger, budget: new Budget(100, 1, () => 0) });
  const [ours, theirs] = runningMemoryCarriers();
  const common = { clock: () => 0, resetCodes: RESET_CODE_NAMES, onClosed: () => {} };
  const relay = new Link({ side: 'relay', ...common, onOpen: () => {}, onGoAway: () => {} });
  const agent = new Link({
    side: 'agent',
    ...common,
    onGoAway: () => {},
    onOpen: (stream, payload) => {
      const request = decodeOpenRequest(payload);
      assert.ok(request?.t === 'outside');
      outside.serve(stream, request);
    },
  });
  relay.attach(ours);
  agent.attach(theirs);
  t.after(() => relay.close('link-lost', 'the test is over'));
  return {
    port,
    met: () => met,
    open: (host, to) => {
      const said = Promise.withResolvers<string>();
      const over = Promise.withResolvers<ChannelBroken | undefined>();
      const stream = relay.open(encodeOpenRequest({ t: 'outside', host, port: to }), {
        priority: 'control',
      });
      stream.start({
        data: (chunk) => said.resolve(Buffer.from(chunk).toString()),
        end: () => {},
        drain: () => {},
        flushed: () => {},
        closed: (broken) => over.resolve(broken),
      });
      return { stream, said: said.promise, over: over.promise };
    },
  };
}

describe('connections to the relay that an agent makes for it', () => {
  it('go to where the relay answers', async (t) => {
    const { open, port } = await bench(t);
    assert.equal(await open(HOST, port).said, '220 here');
  });

  it('go nowhere else, and nobody is connected to', async (t) => {
    const { open, port, met } = await bench(t);
    for (const host of ['127.0.0.2', '192.168.1.1', '8.8.4.4', 'localhost']) {
      assert.equal((await open(host, port).over)?.code, 'dial-forbidden', host);
    }
    assert.equal((await open(HOST, 22).over)?.code, 'dial-forbidden');
    assert.equal(met(), 0);
  });

  it('do not reach the FTP server, nor a private relay whose owner did not agree', async (t) => {
    const beside = await bench(t, { server: 0 });
    assert.equal((await beside.open(HOST, beside.port).over)?.code, 'dial-forbidden');
    const closed = await bench(t, { privateRelay: false });
    assert.equal((await closed.open(HOST, closed.port).over)?.code, 'dial-forbidden');
    assert.deepEqual([beside.met(), closed.met()], [0, 0]);
  });

  it('are a few at once, and one that ends makes room', async (t) => {
    const { open, port } = await bench(t);
    const opened = Array.from({ length: PROBE_LIMITS.outside }, () => open(HOST, port));
    await Promise.all(opened.map(({ said }) => said));
    assert.equal((await open(HOST, port).over)?.code, 'too-many-streams');
    const [first] = opened;
    first?.stream.reset('enough');
    // The agent hears of it after us.
    let outcome: unknown;
    do {
      const again = open(HOST, port);
      outcome = await Promise.race([again.said, again.over]);
    } while (outcome !== '220 here');
  });
});
