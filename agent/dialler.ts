import { connect } from 'node:net';
import type { Channel, ChannelBroken } from '../shared/channel.ts';
import type { HostPort } from '../shared/config/values.ts';
import { systemCode } from '../shared/errors.ts';
import { SpliceEnd } from '../shared/gateway/splice.ts';
import { AGENT_LIMITS } from '../shared/limits.ts';
import type { Logger } from '../shared/log.ts';
import type { Stream } from '../shared/mux/stream.ts';
import type { SlabPool } from '../shared/net/slab-pool.ts';
import { connectIntoSlabs, type ReadableSocket } from '../shared/net/slab-reads.ts';
import { SocketChannel } from '../shared/net/socket-channel.ts';
import { decodeOpenRequest, type OpenRequest } from '../shared/proto/open-request.ts';
import { RESET_CODES, resetCodeOfDial, type ResetCode } from '../shared/proto/reset-codes.ts';
import { Control } from './control.ts';
import type { UploadGuard } from './upload-guard.ts';

/**
 * Dials on the relay's behalf, and only what the agent's own configuration allows: the control port of
 * the one FTP server, and data ports which that server itself announced on the control connection the
 * relay names. A relay in wrong hands reaches nothing else here.
 */
export class Dialler {
  readonly #server: HostPort;
  readonly #logger: Logger;
  readonly #slabs: SlabPool;
  readonly #guard: UploadGuard;
  readonly #controls = new Map<number, Control>();

  constructor(server: HostPort, logger: Logger, slabs: SlabPool, guard: UploadGuard) {
    this.#server = server;
    this.#logger = logger;
    this.#slabs = slabs;
    this.#guard = guard;
  }

  /** Serves a stream the relay opened. */
  serve(stream: Stream, payload: Uint8Array): void {
    const request = decodeOpenRequest(payload);
    if (request?.t === 'control') this.#serveControl(stream, request);
    else if (request?.t === 'data') this.#serveData(stream, request);
    else
      this.#refuse(
        stream,
        'bad-request',
        'an agent is asked for control and data connections only',
      );
  }

  #serveControl(stream: Stream, request: Extract<OpenRequest, { t: 'control' }>): void {
    const logger = this.#logger.child({ session: request.session, client: request.client });
    const { host, port } = this.#server;
    this.#dial(stream, { host, port, slabs: undefined }, ({ socket }) => {
      const control = new Control(socket, this.#guard, request.preamble);
      this.#controls.set(stream.id, control);
      logger.info({ event: 'control-opened' });
      const over = (broken?: ChannelBroken): void => {
        this.#controls.delete(stream.id);
        logger.info({ event: 'control-closed', ...(broken && { broken: broken.reason }) });
      };
      join(
        stream,
        tapped(stream, (chunk) => control.watchCommands(chunk)),
        tapped(new SocketChannel(socket), (chunk) => control.announced.watch(chunk)),
        over,
      );
    });
  }

  #serveData(stream: Stream, request: Extract<OpenRequest, { t: 'data' }>): void {
    const control = this.#controls.get(request.control);
    if (control === undefined || !control.announced.take(request.port)) {
      const reason = `the FTP server announced no data port ${request.port} on this control connection`;
      this.#logger.warn(
        { event: 'dial-refused', port: request.port, control: request.control },
        reason,
      );
      this.#refuse(stream, 'dial-forbidden', reason);
      return;
    }
    const { serverAddress: host, localAddress } = control;
    const to = { host, port: request.port, localAddress, slabs: this.#slabs };
    this.#dial(stream, to, ({ socket, reads }) => {
      control.opened(socket);
      join(stream, stream, new SocketChannel(socket, reads), () => {});
    });
  }

  #dial(
    stream: Stream,
    to: HostPort & { localAddress?: string; slabs: SlabPool | undefined },
    connected: (readable: ReadableSocket) => void,
  ): void {
    const { slabs, ...where } = to;
    const options = {
      ...where,
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
    };
    const readable =
      slabs === undefined ? { socket: connect(options) } : connectIntoSlabs(options, slabs);
    const { socket } = readable;
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }));
    }, AGENT_LIMITS.dial);
    const failed = (error: Error): void => {
      clearTimeout(timer);
      const reason = `${to.host} port ${to.port}: ${error.message}`;
      this.#logger.warn(
        { event: 'dial-failed', host: to.host, port: to.port, code: systemCode(error) },
        reason,
      );
      this.#refuse(stream, resetCodeOfDial(systemCode(error)), error.message);
    };
    socket.once('error', failed);
    socket.once('connect', () => {
      clearTimeout(timer);
      // SocketChannel listens from here on.
      connected(readable);
      socket.off('error', failed);
    });
  }

  #refuse(stream: Stream, code: ResetCode, reason: string): void {
    stream.refuse(RESET_CODES[code], reason);
  }
}

/**
 * Joins a stream to a connection: bytes, ends and resets of one become those of the other.
 * @param source the stream itself, or what looks into it.
 */
function join(
  stream: Stream,
  source: Channel,
  connection: Channel,
  over: (broken?: ChannelBroken) => void,
): void {
  let open = 2;
  const closed = (broken?: ChannelBroken): void => {
    open -= 1;
    if (open === 0) over(broken);
  };
  const streamEnd: SpliceEnd = new SpliceEnd(source, {
    ended: () => connectionEnd.finish(),
    flushed: () => {},
    moved: () => {},
    closed: (broken) => {
      if (broken !== undefined) connectionEnd.reset(broken.reason);
      closed(broken);
    },
  });
  const connectionEnd: SpliceEnd = new SpliceEnd(connection, {
    ended: () => streamEnd.finish(),
    flushed: () => {},
    moved: () => {},
    closed: (broken) => {
      if (broken !== undefined) stream.resetWith(RESET_CODES['connection-reset'], broken.reason);
      closed(broken);
    },
  });
  SpliceEnd.join(streamEnd, connectionEnd);
}

/** The channel itself, with a look at what it delivers. */
function tapped(channel: Channel, tap: (chunk: Uint8Array) => void): Channel {
  return {
    start: (consumer) =>
      channel.start({
        ...(consumer.borrows === true && { borrows: true }),
        data: (chunk, lease) => {
          tap(chunk);
          consumer.data(chunk, lease);
        },
        end: () => consumer.end(),
        drain: () => consumer.drain(),
        flushed: () => consumer.flushed(),
        closed: (broken) => consumer.closed(broken),
      }),
    write: (chunk, lease) => channel.write(chunk, lease),
    end: () => channel.end(),
    reset: (reason) => channel.reset(reason),
    pause: () => channel.pause(),
    resume: () => channel.resume(),
  };
}
