import { connect } from 'node:net';
import type { Channel } from '../shared/channel.ts';
import type { HostPort } from '../shared/config/values.ts';
import { systemCode } from '../shared/errors.ts';
import { AGENT_LIMITS } from '../shared/limits.ts';
import type { Logger } from '../shared/log.ts';
import type { Stream } from '../shared/mux/stream.ts';
import { canonicalAddress } from '../shared/net/address.ts';
import type { Networks } from '../shared/net/networks.ts';
import type { SlabPool } from '../shared/net/slab-pool.ts';
import { connectIntoSlabs, type ReadableSocket } from '../shared/net/slab-reads.ts';
import { SocketChannel } from '../shared/net/socket-channel.ts';
import type { DataReport } from '../shared/proto/link-messages.ts';
import { decodeOpenRequest, type OpenRequest } from '../shared/proto/open-request.ts';
import { RESET_CODES, resetCodeOfDial, type ResetCode } from '../shared/proto/reset-codes.ts';
import { Control } from './control.ts';
import { DirectPair, type DirectPairOptions } from './direct-pair.ts';
import { HeldConnection } from './held-connection.ts';
import { Joint } from './joint.ts';
import { MovedReports } from './moved-reports.ts';
import { isNearby } from './nearby.ts';
import { listenForServer } from './server-listener.ts';
import type { UploadGuard } from './upload-guard.ts';

export interface DiallerOptions {
  /** The one FTP server. */
  server: HostPort;
  logger: Logger;
  slabs: SlabPool;
  guard: UploadGuard;
  /** Whether clients in this machine's own networks may be dialled. */
  lanDirect: boolean;
  /** Addresses other than the server's own where its data connections may be. */
  dataHosts: Networks;
  /** Tells the relay what became of a data connection. */
  report: (report: DataReport) => void;
}

type RequestOf<T extends OpenRequest['t']> = Extract<OpenRequest, { t: T }>;

/**
 * Makes connections on the relay's behalf, and only those that the agent's own configuration allows:
 * the control port of the one FTP server, data ports which that server itself announced on the control
 * connection the relay names, data connections that this server makes to us, and, only if its owner agreed,
 * clients in its own networks. A relay in wrong hands reaches nothing else here.
 */
export class Dialler {
  readonly #options: DiallerOptions;
  readonly #controls = new Map<number, Control>();
  /** Connections with the server whose bytes wait to be told where to go, by stream. */
  readonly #held = new Map<number, HeldConnection>();
  /** Connections whose bytes go past the relay, as it is shown them, by stream. */
  readonly #past = new Map<number, Channel>();

  constructor(options: DiallerOptions) {
    this.#options = options;
  }

  /** Serves a stream the relay opened. */
  serve(stream: Stream, payload: Uint8Array): void {
    const request = decodeOpenRequest(payload);
    if (request?.t === 'control') this.#serveControl(stream, request);
    else if (request?.t === 'data') this.#serveData(stream, request);
    else if (request?.t === 'listen') this.#serveListen(stream, request);
    else if (request?.t === 'near') this.#serveNear(stream, request);
    else
      this.#refuse(stream, 'bad-request', 'an agent is asked for connections to its server only');
  }

  #serveControl(stream: Stream, request: RequestOf<'control'>): void {
    const { server, guard, dataHosts } = this.#options;
    const logger = this.#options.logger.child({ session: request.session, client: request.client });
    let control: Control | undefined;
    const joint = new Joint({
      stream,
      source: tapped(stream, (chunk) => control?.watchCommands(chunk)),
      over: (broken) => {
        this.#controls.delete(stream.id);
        control?.close();
        if (control === undefined) return;
        logger.info({ event: 'control-closed', ...(broken && { broken: broken.reason }) });
      },
    });
    this.#dial(stream, { ...server, slabs: undefined }, ({ socket }) => {
      const opened = new Control(socket, guard, dataHosts, request.preamble);
      control = opened;
      this.#controls.set(stream.id, opened);
      logger.info({ event: 'control-opened' });
      joint.connect(tapped(new SocketChannel(socket), (chunk) => opened.announced.watch(chunk)));
    });
  }

  #serveData(stream: Stream, request: RequestOf<'data'>): void {
    const { port } = request;
    const control = this.#controls.get(request.control);
    const announced = control?.announced.take(port);
    if (control === undefined || announced === undefined) {
      const reason = `the FTP server announced no data port ${port} on this control connection`;
      this.#options.logger.warn({ event: 'dial-refused', port, control: request.control }, reason);
      this.#refuse(stream, 'dial-forbidden', reason);
      return;
    }
    // Servers compare the data connection's address with the control connection's.
    const own = { host: control.serverAddress, localAddress: control.localAddress };
    const where = announced.host === undefined ? own : { host: announced.host };
    const data = this.#awaitData(stream, request, () => {});
    this.#dial(stream, { ...where, port, slabs: this.#options.slabs }, (readable) => {
      this.#connected(stream, control, readable);
      data.connect(new SocketChannel(readable.socket, readable));
    });
  }

  #serveListen(stream: Stream, request: RequestOf<'listen'>): void {
    const control = this.#controls.get(request.control);
    if (control?.mayListen !== true) {
      const reason =
        control === undefined
          ? 'there is no such control connection'
          : `at most ${AGENT_LIMITS.listeners} data connections are waited for at once`;
      this.#refuse(stream, 'too-many-streams', reason);
      return;
    }
    const { logger, slabs, report } = this.#options;
    const { localAddress: host, serverAddress } = control;
    const from = (address: string): boolean =>
      address === canonicalAddress(serverAddress) || this.#options.dataHosts.has(address);
    const giveUp = (): void => {
      stop();
      this.#refuse(stream, 'cancelled', 'the control connection is over');
    };
    const data = this.#awaitData(stream, request, () => {
      control.listensNoMore(giveUp);
      stop();
    });
    const stop = listenForServer(
      { host, from, slabs },
      {
        listening: (port) => report({ t: 'listening', stream: stream.id, host, port }),
        connected: (readable) => {
          control.listensNoMore(giveUp);
          this.#connected(stream, control, readable);
          data.connect(new SocketChannel(readable.socket, readable));
        },
        failed: (error) => {
          logger.warn({ event: 'listen-failed', host, code: systemCode(error) }, error.message);
          this.#refuse(stream, 'cancelled', error.message);
        },
        stranger: (address) =>
          logger.warn({ event: 'data-stranger', address }, 'not the FTP server: reset'),
      },
    );
    control.listens(giveUp);
  }

  /** A client in our own network: dialled, and joined with the server's connection here. */
  #serveNear(stream: Stream, request: RequestOf<'near'>): void {
    const { host, port } = request;
    const { lanDirect, logger, slabs, guard } = this.#options;
    const held = this.#held.get(request.data);
    const control = this.#controls.get(request.control);
    const agreed =
      lanDirect && control !== undefined && isNearby(host, port, control.serverAddress);
    if (held?.control !== request.control || !agreed) {
      const reason = `${host} port ${port} is not dialled: no neighbour, or nobody agreed to it here`;
      logger.warn({ event: 'dial-refused', host, port }, reason);
      this.#refuse(stream, 'dial-forbidden', reason);
      return;
    }
    let client: Channel | undefined;
    let isOver = false;
    const joint = new Joint({
      stream,
      over: () => {
        isOver = true;
        this.#past.delete(stream.id);
        // It may wait for a server that never came.
        client?.reset('nobody waits for it any more');
      },
    });
    this.#dial(stream, { host, port, slabs, within: AGENT_LIMITS.nearDial }, (readable) => {
      client = new SocketChannel(readable.socket, readable);
      if (isOver) {
        client.reset('nobody waits for it any more');
        return;
      }
      // A client whose agent is killed must not take what it has for the whole file.
      guard.protect(readable.socket);
      this.#goPast(held, { channel: client, joint }, { server: request.data, client: stream.id });
      this.#options.report({ t: 'connected', stream: stream.id });
    });
  }

  /** Joins a client with the server's connection, as soon as that is there. */
  #goPast(
    held: HeldConnection,
    client: { channel: Channel; joint: Joint },
    streams: { server: number; client: number },
  ): void {
    held.pass((server, show) => {
      const reports = this.#reportsOf(streams.server, streams.client);
      const pair = new DirectPair({ server, client: client.channel, ...reports });
      this.#past.set(streams.server, pair.server);
      this.#past.set(streams.client, pair.client);
      show(pair.server);
      client.joint.connect(pair.client);
      pair.join();
    });
  }

  /** Tells the relay how a pair gets on, whose streams carry no bytes. */
  #reportsOf(
    server: number,
    client: number,
  ): Pick<DirectPairOptions, 'flushed' | 'moved' | 'ended'> {
    const { report } = this.#options;
    const streams = { server, client };
    const told = new MovedReports((end, bytes) =>
      report({ t: 'moved', stream: streams[end], bytes }),
    );
    return {
      moved: (end, bytes) => told.moved(end, bytes),
      ended: () => told.now(),
      flushed: (end) => report({ t: 'flushed', stream: streams[end] }),
    };
  }

  /** What comes from a held connection goes to the relay after all. */
  release(stream: number): void {
    this.#held.get(stream)?.release();
  }

  /** The relay asks for the end of a connection whose bytes go past it. */
  finish(stream: number): void {
    this.#past.get(stream)?.end();
  }

  /** A data connection that is to come; `connect` takes it. */
  #awaitData(
    stream: Stream,
    { held: isHeld, control }: RequestOf<'data' | 'listen'>,
    over: () => void,
  ): Joint | HeldConnection {
    const joint = new Joint({
      stream,
      over: (broken) => {
        this.#held.get(stream.id)?.drop(broken?.reason ?? 'nobody waits for it any more');
        this.#held.delete(stream.id);
        this.#past.delete(stream.id);
        over();
      },
    });
    if (isHeld !== true) return joint;
    const held = new HeldConnection(control, joint);
    this.#held.set(stream.id, held);
    return held;
  }

  #connected(stream: Stream, control: Control, { socket }: ReadableSocket): void {
    control.opened(socket);
    this.#options.report({ t: 'connected', stream: stream.id });
  }

  #dial(
    stream: Stream,
    to: HostPort & { localAddress?: string; slabs: SlabPool | undefined; within?: number },
    connected: (readable: ReadableSocket) => void,
  ): void {
    const { slabs, within = AGENT_LIMITS.dial, ...where } = to;
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
    }, within);
    const failed = (error: Error): void => {
      clearTimeout(timer);
      const { host, port } = to;
      const code = systemCode(error);
      const reason = `${host} port ${port}: ${error.message}`;
      this.#options.logger.warn({ event: 'dial-failed', host, port, code }, reason);
      this.#refuse(stream, resetCodeOfDial(code), error.message);
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
