/** A line to one address that a test can cut and mend, and listen in on. */
import type { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { HostPort } from '../../shared/config/values.ts';

export class Line {
  readonly host = '127.0.0.1';
  /** Called with what comes back from there. */
  onBack: ((chunk: Buffer) => void) | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  private constructor({ host, port }: HostPort) {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
      const far = connect({ host, port, allowHalfOpen: true, noDelay: true });
      far.on('data', (chunk: Buffer) => this.onBack?.(chunk));
      this.#pass(near, far);
    });
  }

  static async lay(to: HostPort): Promise<Line> {
    const line = new Line(to);
    await line.mend();
    return line;
  }

  get port(): number {
    return this.#port;
  }

  /** Every connection over it breaks, and none comes about. */
  async cut(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  /** Connections come about again, at the same port. */
  async mend(): Promise<void> {
    this.#server.listen(this.#port, this.host);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  #pass(near: Socket, far: Socket): void {
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.resetAndDestroy());
      from.on('close', () => this.#sockets.delete(from));
    }
  }
}
