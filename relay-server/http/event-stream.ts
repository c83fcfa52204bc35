import type { FastifyReply } from 'fastify';
import { LIVE_LIMITS } from '../watch-limits.ts';

/** One page that listens: server-sent events on the answer to its request. */
export class EventStream {
  readonly #reply: FastifyReply;
  readonly #closers: (() => void)[] = [];
  #closed = false;

  /** @param reply not sent; headers that were set on it are sent with the first event */
  constructor(reply: FastifyReply) {
    this.#reply = reply;
    reply.hijack();
    const { raw } = reply;
    const headers = Object.entries(reply.getHeaders()).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    raw.writeHead(200, {
      ...Object.fromEntries(headers),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies that gather an answer before they pass it on would pass on nothing.
      'x-accel-buffering': 'no',
    });
    raw.on('close', () => this.close());
    raw.on('error', () => this.close());
  }

  /** @param data JSON, which has no line breaks */
  send(type: string, data: string, id?: string): void {
    if (this.#closed) return;
    const { raw } = this.#reply;
    raw.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${data}\n\n`);
    // Whoever does not read is let go: his browser comes again, and begins with how things stand then.
    if (raw.writableLength > LIVE_LIMITS.backlog) this.close();
  }

  /** Called once, when it is over for whatever reason. */
  onClose(closer: () => void): void {
    if (this.#closed) closer();
    else this.#closers.push(closer);
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const closer of this.#closers) closer();
    this.#reply.raw.destroy();
  }
}
