/**
 * One hop of the reference: accepts connections and pipes each to a port it is told, as a program of
 * three lines would. Two of these in a row are the double hop that relay and agent are.
 *
 *     pipe-hop.ts [FIRST-PORT PORTS]
 *
 * Its ports, one free one by default, lead to as many ports in a row.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

const HOST = '127.0.0.1';
const [first = '0', ports = '1'] = process.argv.slice(2);
const FIRST_PORT = Number(first);
/** All clients of a row of ports come at once. */
const BACKLOG = 4096;

let target = 0;
process.on('message', (message: { target: number }) => {
  target = message.target;
  process.send?.({ ready: true });
});
process.on('disconnect', () => process.exit(0));

async function listen(offset: number): Promise<number> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const options = { host: HOST, port: target + offset, allowHalfOpen: true, noDelay: true };
    const far = connect(options);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.pipe(far);
    far.pipe(near);
  });
  const port = FIRST_PORT === 0 ? 0 : FIRST_PORT + offset;
  server.listen({ host: HOST, port, backlog: BACKLOG });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const listening: number[] = [];
for (let offset = 0; offset < Number(ports); offset += 1) listening.push(await listen(offset));
process.send?.({ port: listening[0] });
