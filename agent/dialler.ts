import type { Socket } from 'node:net';
import type { Channel } from '../shared/channel.ts';
import type { HostPort } from '../shared/config/values.ts';
import type { Timers } from '../shared/gateway/sides.ts';
import { systemCode } from '../shared/errors.ts';
import { AGENT_LIMITS } from '../shared/limits.ts';
import type { Logger } from '../shared/log.ts';
import type { Stream } from '../shared/mux/stream.ts';
import { canonicalAddress } from '../shared/net/address.ts';
import type { Networks } from '../shared/net/networks.ts';
import type { SlabPool } from '../shared/net/slab-pool.ts';
import type { ReadableSocket } from '../shared/net/slab-reads.ts';
import { SocketChannel } from '../shared/net/socket-channel.ts';
import type { DataReport } from '../shared/proto/link-messages.ts';
import { decodeOpenRequest, type OpenRequest } from '../shared/proto/open-request.ts';
import { RESET_CODES, resetCodeOfDial, type ResetCode } from '../shared/proto/reset-codes.ts';
import { Control } from './control.ts';
import { dial, type DialOptions } from './dial.ts';
import { HeldConnection } from './held-connection.ts';
import { Joint } from './joint.ts';
import { isNearby } from './nearby.ts';
import { PastRelay } from './past-relay.ts';
import { splitPreamble } from './preamble.ts';
import type { OutsideConnections } from './outside/connections.ts';
import { listenForServer } from './server-listener.ts';
import type { ServerTlsFault } from './server-tls/fault.ts';
import type { ServerTlsPlan } from './server-tls/plan.ts';
import { Resumption } from './server-tls/resumption.ts';
import { secureControl, secureData } from './server-tls/secure.ts';
import { tapped } from './tapped.ts';
import type { UploadGuard } from './upload-guard.ts';

export interface DiallerOptions {
  /** The one FTP server. */
  server: HostPort;
  /** How TLS is spoken with it; undefined for none. */
  tls: ServerTlsPlan | undefined;
  logger: Logger;
  slabs: SlabPool;
  guard: UploadGuard;
  timers: Timers;
  /** Whether clients in this machine's own networks may be dialled. */
  lanDirect: boolean;
  /** Addresses other than the server's own where its data connections may be. */
  dataHosts: Networks;
  /** Connections to the relay's own public ports. */
  outside: OutsideConnections;
  /** Tells the relay what became of a data connection. */
  report: (report: DataReport) => void;
}

/** A data connection that somebody waits for. */
interface DataToCome {
  /** What the server is sent first, if TLS is spoken with it. */
  readonly preamble: Promise<Uint8Array>;
  /** Aborts when nobody waits any more. */
  readonly signal: AbortSignal;
  /** It is there. */
  readonly connect: (data: Channel) => void;
}

type RequestOf<T extends OpenRequest['t']> = Extract<OpenRequest, { t: T }>;

/**
 * Makes connections on the relay's behalf, and only those that the agent's own configuration allows:
 * the control port of the one FTP server, data ports which that server itself announced on the control
 * connection the relay names, data connections that this server makes to us, the relay itself, and, only if
 * its owner agreed, clients in its own networks. A relay in wrong hands reaches nothing else here.
 */
export class Dialler {
  readonly #options: DiallerOptions;
  readonly #controls = new Map<number, Control>();
  /** Connections with the server whose bytes wait to be told where to go, by stream. */
  readonly #held = new Map<number, HeldConnection>();
  readonly #past: PastRelay;

  constructor(options: DiallerOptions) {
    this.#options = options;
    this.#past = new PastRelay(options.report);
  }

  /** Serves a stream the relay opened. */
  serve(stream: Stream, payload: Uint8Array): void {
    const request = decodeOpenRequest(payload);
    if (request?.t === 'control') this.#serveControl(stream, request);
    else if (request?.t === 'data') this.#serveData(stream, request);
    else if (request?.t === 'listen') this.#serveListen(stream, request);
    else if (request?.t === 'near') this.#serveNear(stream, request);
    else if (request?.t === 'outside') this.#options.outside.serve(stream, request);
    else
      this.#refuse(stream, 'bad-request', 'an agent is asked for connections to its server only');
  }

  #serveControl(stream: Stream, request: RequestOf<'control'>): void {
    const { server, tls } = this.#options;
    const logger = this.#options.logger.child({ session: request.session, client: request.client });
    const gone = new AbortController();
    let control: Control | undefined;
    const split = splitPreamble(stream, tls === undefined ? 0 : request.preamble);
    const joint = new Joint({
      stream,
      source: tapped(split.rest, (chunk) => control?.watchCommands(chunk)),
      whenBroken: (broken, reset) => control?.whenBroken('control', broken, reset),
      over: (broken) => {
        gone.abort();
        this.#controls.delete(stream.id);
        control?.close();
        if (control === undefined) return;
        logger.info({ event: 'control-closed', ...(broken && { broken: broken.reason }) });
      },
    });
    const resumption = new Resumption();
    const opened = (raw: Socket, channel: Channel, by: { tls?: string | null } = {}): void => {
      const preamble = tls === undefined ? request.preamble : 0;
      const send = (bytes: Uint8Array): void => void channel.write(bytes);
      const stands = new Control(raw, { ...this.#options, send, preamble, resumption });
      control = stands;
      this.#controls.set(stream.id, stands);
      logger.info({ event: 'control-opened', tls: by.tls });
      joint.connect(tapped(channel, (chunk) => stands.watchReplies(chunk)));
    };
    this.#dial(stream, { ...server, slabs: undefined }, ({ socket: raw }) => {
      if (tls === undefined) {
        opened(raw, new SocketChannel(raw));
        return;
      }
      const options = { plan: tls, resumption, preamble: split.preamble, signal: gone.signal };
      const pass = (bytes: Buffer): void => void stream.write(bytes);
      void secureControl(
        raw,
        { ...options, pass },
        {
          secured: (channel, by) => opened(raw, channel, by),
          turnedAway: () => joint.forgo(),
          failed: (fault) => this.#tlsFailed(stream, fault, logger),
        },
      );
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
    const data = this.#awaitData(stream, request, control, () => {});
    this.#dial(stream, { ...where, port, slabs: this.#dataSlabs }, (readable) =>
      this.#connected(stream, control, readable, data),
    );
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
    const { logger, report } = this.#options;
    const { localAddress: host, serverAddress } = control;
    const from = (address: string): boolean =>
      address === canonicalAddress(serverAddress) || this.#options.dataHosts.has(address);
    const giveUp = (): void => {
      stop();
      this.#refuse(stream, 'cancelled', 'the control connection is over');
    };
    const data = this.#awaitData(stream, request, control, () => {
      control.listensNoMore(giveUp);
      stop();
    });
    const stop = listenForServer(
      { host, from, slabs: this.#dataSlabs },
      {
        listening: (port) => report({ t: 'listening', stream: stream.id, host, port }),
        connected: (readable) => {
          control.listensNoMore(giveUp);
          this.#connected(stream, control, readable, data);
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
      client = new SocketChannel(readable.socket, { reads: readable.reads });
      // TLS with the server may take longer than the client needs to send.
      client.pause();
      if (isOver) {
        client.reset('nobody waits for it any more');
        return;
      }
      // A client whose agent is killed must not take what it has for the whole file.
      guard.protect(readable.socket);
      this.#past.join(
        held,
        { channel: client, joint },
        { server: request.data, client: stream.id },
      );
      this.#options.report({ t: 'connected', stream: stream.id });
    });
  }

  /** What comes from a held connection goes to the relay after all. */
  release(stream: number): void {
    this.#held.get(stream)?.release();
  }

  /** The relay asks for the end of a connection whose bytes go past it. */
  finish(stream: number): void {
    this.#past.finish(stream);
  }

  /** A data connection that is to come; `connect` takes it. */
  #awaitData(
    stream: Stream,
    request: RequestOf<'data' | 'listen'>,
    control: Control,
    over: () => void,
  ): DataToCome {
    const gone = new AbortController();
    const length = request.t === 'data' && this.#protectsData ? request.preamble : 0;
    const { preamble, rest } = splitPreamble(stream, length);
    const joint = new Joint({
      stream,
      source: rest,
      whenBroken: (broken, reset) => control.whenBroken('data', broken, reset),
      over: (broken) => {
        gone.abort();
        this.#held.get(stream.id)?.drop(broken?.reason ?? 'nobody waits for it any more');
        this.#held.delete(stream.id);
        this.#past.delete(stream.id);
        over();
      },
    });
    const { signal } = gone;
    if (request.held !== true) return { preamble, signal, connect: (data) => joint.connect(data) };
    const held = new HeldConnection(request.control, joint);
    this.#held.set(stream.id, held);
    return { preamble, signal, connect: (data) => held.connect(data) };
  }

  /** The server is there, and so is its data connection, as soon as TLS stands if it is to. */
  #connected(
    stream: Stream,
    control: Control,
    { socket, reads }: ReadableSocket,
    { connect, preamble, signal }: DataToCome,
  ): void {
    control.opened(socket);
    this.#options.report({ t: 'connected', stream: stream.id });
    const { tls: plan, slabs: gather, logger } = this.#options;
    if (plan?.protectsData !== true) {
      connect(new SocketChannel(socket, { reads }));
      return;
    }
    void secureData(
      socket,
      { plan, control, gather, preamble, signal },
      {
        secured: (channel, by) => {
          logger.debug({ event: 'data-secured', ...by });
          connect(channel);
        },
        failed: (fault) => this.#tlsFailed(stream, fault, logger),
      },
    );
  }

  get #protectsData(): boolean {
    return this.#options.tls?.protectsData === true;
  }

  /** What a data connection is read into; TLS has buffers of its own. */
  get #dataSlabs(): SlabPool | undefined {
    return this.#protectsData ? undefined : this.#options.slabs;
  }

  #tlsFailed(stream: Stream, fault: ServerTlsFault, logger: Logger): void {
    const { code, seen, reason } = fault;
    logger.warn({ event: 'server-tls-failed', code, ...(seen && { certificate: seen }) }, reason);
    this.#refuse(stream, code, reason);
  }

  #dial(stream: Stream, to: DialOptions, connected: (readable: ReadableSocket) => void): void {
    dial(to, {
      connected,
      failed: (error) => {
        const { host, port } = to;
        const code = systemCode(error);
        const reason = `${host} port ${port}: ${error.message}`;
        this.#options.logger.warn({ event: 'dial-failed', host, port, code }, reason);
        this.#refuse(stream, resetCodeOfDial(code), error.message);
      },
    });
  }

  #refuse(stream: Stream, code: ResetCode, reason: string): void {
    stream.refuse(RESET_CODES[code], reason);
  }
}
