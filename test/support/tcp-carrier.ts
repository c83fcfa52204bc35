/** A carrier over a bare TCP connection on loopback, for the link suite. */
import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import type { Carrier, CarrierSink } from '../../shared/mux/carrier.ts';

export class TcpCarrier implements Carrier {
  readonly #socket: Socket;
  #reason = 'the connection closed';

  constructor(socket: Socket) {
    this.#socket = socket.setNoDelay(true).pause();
    socket.on('error', (error) => {
      this.#reason = error.message;
    });
  }

  get backlog(): number {
    return this.#socket.writableLength;
  }

  start(sink: CarrierSink): void {
    this.#socket.on('data', (chunk) => sink.bytes(chunk));
    this.#socket.on('drain', () => sink.drain());
    this.#socket.on('close', () => sink.closed(this.#reason));
    this.#socket.resume();
  }

  send(header: Uint8Array, payload?: Uint8Array): number {
    this.#socket.write(header);
    if (payload !== undefined) this.#socket.write(payload);
    return 0;
  }

  restore(): void {}

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  close(_code: number, reason: string): void {
    this.#reason = reason;
    this.#socket.end();
  }

  terminate(): void {
    this.#socket.destroy();
  }
}

/** Two carriers at the ends of one connection. */
export async function tcpCarriers(): Promise<[TcpCarrier, TcpCarrier]> {
  const server = createServer({ allowHalfOpen: false });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [[peer]] = await Promise.all([accepted, once(socket, 'connect')]);
  server.close();
  return [new TcpCarrier(socket), new TcpCarrier(peer)];
}
