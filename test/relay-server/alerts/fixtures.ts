import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { Message } from '../../../relay-server/alerts/channel.ts';

export const MESSAGE: Message = {
  id: 'b2c3',
  kind: 'agent-offline',
  key: 'agent a1',
  state: 'raised',
  at: 1_700_000_060_000,
  since: 1_700_000_000_000,
  tunnel: 'shop',
  subject: 'shop-pc',
  text: 'The agent shop-pc of the tunnel shop has been away.',
  remedy: 'Look whether it runs.',
};

/** A request that a receiver was sent. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly port: number;
  readonly url: string;
  readonly received: readonly Received[];
  /** What it answers: a status, or nothing at all. 200 at first. */
  answer: number | 'nothing';
  /** Waits until it was sent so many requests. */
  times(count: number): Promise<void>;
}

/** A receiver of webhooks. It ends with the test. */
export async function startReceiver(t: Pick<TestContext, 'after'>): Promise<Receiver> {
  const received: Received[] = [];
  let waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { url: path = '', headers } = request;
      received.push({ path, headers, body: Buffer.concat(pieces).toString() });
      for (const wake of waiting.splice(0)) wake();
      if (receiver.answer === 'nothing') return;
      response.writeHead(receiver.answer, { location: '/elsewhere' });
      response.end('x'.repeat(100_000));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    port,
    url: `http://127.0.0.1:${port}/hook?x=1`,
    received,
    answer: 200,
    async times(count) {
      while (received.length < count) {
        await new Promise<void>((resolve) => (waiting = [...waiting, resolve]));
      }
    },
  };
  return receiver;
}
