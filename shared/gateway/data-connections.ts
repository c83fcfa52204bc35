import { formatEpsv, formatPasv, type HostPort } from '../ftp/address.ts';
import { reply, type Reply } from '../ftp/reply.ts';
import type { Channel } from '../channel.ts';
import { DataConnection } from './data-connection.ts';
import type { ServerMeeting } from './server-half.ts';
import type { Culprit, SessionEvent } from './events.ts';
import { GATEWAY_LIMITS } from '../limits.ts';
import { GATEWAY_REPLIES } from './replies.ts';
import type { Security } from './security.ts';
import type { DialOutcome, PublicSide, ServerSide, Timers } from './sides.ts';
import type { ServerTraits, ServerWay } from './server-traits.ts';
import type { SessionRules } from './session-rules.ts';

export interface DataConnectionsOptions {
  publicSide: PublicSide;
  serverSide: ServerSide;
  traits: ServerTraits;
  timers: Timers;
  rules: Pick<SessionRules, 'stall' | 'throttle'>;
  security: Security;
  emit: (event: SessionEvent) => void;
  /** A connection changed; see {@link DataConnection.verdict}. */
  changed: (connection: DataConnection) => void;
  /** Whether a transfer uses this connection. */
  inUse: (connection: DataConnection) => boolean;
}

/** Where the server's half of a data connection is: the port it listens on, or ours it connects to. */
interface ServerPlace {
  readonly way: ServerWay;
  readonly port: number;
  /** Its channel, once it is dialled or listened for. */
  channel?: Channel;
}

/**
 * The data connections of one session: makes one of each PASV, EPSV, PORT or EPRT that the server has
 * agreed to, words what the client is answered, and knows which the next transfer uses.
 */
export class DataConnections {
  readonly #options: DataConnectionsOptions;
  /** All that are not over, with the server's half of each. */
  readonly #all = new Map<DataConnection, ServerPlace>();
  #next: DataConnection | undefined;

  constructor(options: DataConnectionsOptions) {
    this.#options = options;
  }

  /** What the next transfer command uses. */
  get next(): DataConnection | undefined {
    return this.#next;
  }

  /** A transfer has used the connection up: the next needs another PASV or PORT. */
  used(connection: DataConnection | undefined): void {
    if (this.#next === connection) this.#next = undefined;
  }

  /** A connection to the port the server named; it is dialled when it is needed. */
  toServer(way: ServerWay, port: number, held: boolean): DataConnection {
    const { serverSide } = this.#options;
    const place: ServerPlace = { way, port };
    const dialServer = (connected: () => void): Channel =>
      (place.channel = serverSide.openData(port, connected, held));
    return this.#create(place, { by: 'dial', dialServer });
  }

  /** A connection that the server, in active mode, is to make to `at`. */
  fromServer(at: HostPort, channel: Channel): DataConnection {
    return this.#create({ way: 'active', port: at.port, channel }, { by: 'accept', channel });
  }

  /** The server has agreed to a connection that way. */
  agreed(way: ServerWay): void {
    this.#options.traits.agreed(way);
  }

  /** Promises the client a port of our own for a connection. */
  promisePort(verb: string, connection: DataConnection): Reply {
    const { publicSide, emit } = this.#options;
    this.#dropUnused();
    let strangers = 0;
    const offer = publicSide.offerPassive({
      accepted: (arrived, from) => {
        emit({ type: 'data-accepted', port, from });
        connection.clientArrived(arrived);
      },
      stranger: (from) => {
        strangers += 1;
        if (strangers <= GATEWAY_LIMITS.strangers) emit({ type: 'stranger', port, from });
      },
    });
    if ('refused' in offer) {
      this.drop(connection, offer.refused);
      emit({ type: 'setup-failed', verb, text: offer.refused, why: 'no-passive-port' });
      return GATEWAY_REPLIES.noPassivePort(offer.refused);
    }
    const { port, host } = offer;
    if (verb === 'PASV' && host === undefined) {
      offer.withdraw();
      this.drop(connection, 'no IPv4 address for PASV');
      return GATEWAY_REPLIES.noIpv4();
    }
    connection.meet({ by: 'accept', offer });
    this.#next = connection;
    const server = this.#halfOf(connection);
    emit({ type: 'passive-offered', verb, port, ...(host && { host }), ...server });
    return verb === 'PASV'
      ? reply(227, formatPasv({ host: host ?? '', port }))
      : reply(229, formatEpsv(port));
  }

  /** Promises the client to dial it for a connection; see {@link ActiveRequest}. */
  promiseDial(
    verb: string,
    { address, near }: { address: HostPort; near?: HostPort },
    connection: DataConnection,
  ): Reply {
    this.#dropUnused();
    const dial = (outcome: DialOutcome): (() => void) =>
      near === undefined
        ? this.#dial(address, outcome)
        : this.#dialNear(near, address, connection, outcome);
    connection.meet({ by: 'dial', address, dial });
    this.#next = connection;
    this.#options.emit({
      type: 'active-offered',
      verb,
      ...(near ?? address),
      ...this.#halfOf(connection),
    });
    return GATEWAY_REPLIES.activeAgreed(verb);
  }

  #dial(address: HostPort, outcome: DialOutcome): () => void {
    const { publicSide, emit } = this.#options;
    return publicSide.dialClient(address, {
      connected: (reached, localPort) => {
        emit({ type: 'data-dialled', ...address, localPort });
        outcome.connected(reached, localPort);
      },
      failed: (reason) => outcome.failed(reason),
    });
  }

  /** In the server's own network first; where that fails, as any other client. */
  #dialNear(
    near: HostPort,
    address: HostPort,
    connection: DataConnection,
    outcome: DialOutcome,
  ): () => void {
    const { serverSide, emit } = this.#options;
    const server = this.#all.get(connection)?.channel;
    if (server === undefined) return this.#dial(address, outcome);
    let giveUpUsual = (): void => {};
    const giveUpNear = serverSide.dialNear(server, near, {
      connected: (reached) => {
        emit({ type: 'data-direct', ...near });
        outcome.connected(reached, 0);
      },
      failed: (reason) => {
        emit({ type: 'data-direct-failed', ...near, reason });
        serverSide.release(server);
        giveUpUsual = this.#dial(address, outcome);
      },
    });
    return () => {
      giveUpNear();
      giveUpUsual();
    };
  }

  /** The server said that it could not connect: what was learnt of it does not hold. */
  serverNeverCame(connection: DataConnection): void {
    const half = this.#all.get(connection);
    if (half !== undefined && !connection.serverStands) this.#options.traits.disproved(half.way);
  }

  /** Lets go of a connection that no transfer uses. */
  drop(connection: DataConnection, reason: string): void {
    this.#all.delete(connection);
    connection.dispose(reason);
  }

  /** Lets go of what no transfer uses (REIN). */
  reset(): void {
    this.#dropUnused('the session begins anew');
  }

  /** Breaks off what is not complete and lets go of all. */
  abort(by: Culprit, code: string, reason: string): void {
    for (const connection of this.#all.keys()) {
      if (connection.verdict === 'pending') connection.abort(by, code, reason);
      connection.dispose(reason);
    }
    this.#all.clear();
  }

  #create(half: ServerPlace, server: ServerMeeting): DataConnection {
    const { timers, rules, security, emit, traits } = this.#options;
    const connection: DataConnection = new DataConnection({
      timers,
      stall: rules.stall,
      throttle: rules.throttle,
      server,
      security,
      terms: {
        secured: (facts) => emit({ type: 'secured', connection: 'data', ...facts }),
        unclosed: () => emit({ type: 'unclosed' }),
      },
      serverStands: () => {
        traits.proved(half.way);
        emit({ type: 'server-data', serverWay: half.way, serverPort: half.port });
      },
      changed: () => this.#changed(connection),
    });
    this.#all.set(connection, half);
    return connection;
  }

  #changed(connection: DataConnection): void {
    const { changed, inUse, traits } = this.#options;
    const half = this.#all.get(connection);
    if (connection.serverMissing && half !== undefined) traits.disproved(half.way);
    if (connection.over) {
      this.#all.delete(connection);
      if (!inUse(connection)) this.used(connection);
    }
    changed(connection);
  }

  #halfOf(connection: DataConnection): { serverWay?: ServerWay; serverPort?: number } {
    const half = this.#all.get(connection);
    return half === undefined ? {} : { serverWay: half.way, serverPort: half.port };
  }

  /** A new PASV or PORT takes the place of a set-up that no transfer uses: the last one counts. */
  #dropUnused(why = 'replaced by a new PASV or PORT'): void {
    const unused = this.#next;
    this.#next = undefined;
    if (unused === undefined || this.#options.inUse(unused)) return;
    this.drop(unused, why);
  }
}
