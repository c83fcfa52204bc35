/** A carrier over package `ws`: another implementation of RFC 6455, to hold our own against. */
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import type { Carrier, CarrierSink } from '../../shared/mux/carrier.ts';

/** How `ws` is to behave: as strict as it can be, and without the extension we do not have. */
export const WS_OPTIONS = {
  perMessageDeflate: false,
  maxPayload: 1024 * 1024,
  allowSynchronousEvents: true,
} as const;

export class WsCarrier implements Carrier {
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  #reason = '';

  /** @param socket the connection below */
  constructor(ws: WebSocket, socket: Socket) {
    this.#ws = ws;
    this.#socket = socket;
    ws.on('error', (error) => {
      this.#reason ||= error.message;
    });
  }

  start(sink: CarrierSink): void {
    this.#ws.on('message', (data: RawData) => sink.bytes(data as Buffer));
    this.#socket.on('drain', () => sink.drain());
    this.#ws.on('close', (code: number, reason: Buffer) => {
      sink.closed(this.#reason || reason.toString() || `closed with code ${code}`);
    });
  }

  send(header: Uint8Array, payload?: Uint8Array): number {
    if (this.#ws.readyState !== this.#ws.OPEN) return 0;
    // `ws` does not alter what it is given, so it masks copies.
    this.#ws.send(header);
    if (payload !== undefined && payload.length > 0) this.#ws.send(payload);
    return 0;
  }

  restore(): void {}

  get backlog(): number {
    return this.#socket.writableLength;
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  close(code: number, reason: string): void {
    this.#reason ||= reason;
    this.#ws.close(code, Buffer.from(reason).subarray(0, 120));
  }

  terminate(): void {
    this.#ws.terminate();
  }
}
