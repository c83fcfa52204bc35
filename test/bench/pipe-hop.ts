/**
 * One hop of the reference: accepts connections and pipes each to a port it is told, as a program of
 * three lines would. Two of these in a row are the double hop that relay and agent are.
 */
import { connect, createServer, type AddressInfo } from 'node:net';

let target = 0;
process.on('message', (message: { target: number }) => {
  target = message.target;
  process.send?.({ ready: true });
});

const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
  const far = connect({ host: '127.0.0.1', port: target, allowHalfOpen: true, noDelay: true });
  near.on('error', () => far.destroy());
  far.on('error', () => near.destroy());
  near.pipe(far);
  far.pipe(near);
});
server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
