import { formatEpsv, formatPasv, type HostPort } from '../ftp/address.ts';
import { reply, type Reply } from '../ftp/reply.ts';
import { DataConnection } from './data-connection.ts';
import type { Culprit, SessionEvent } from './events.ts';
import { GATEWAY_REPLIES } from './replies.ts';
import type { PublicSide, ServerSide, Timers } from './sides.ts';

export interface DataConnectionsOptions {
  publicSide: PublicSide;
  serverSide: ServerSide;
  timers: Timers;
  /** A transfer that moves nothing for so long (milliseconds) is broken off. */
  stall: number;
  emit: (event: SessionEvent) => void;
  /** A connection changed; see {@link DataConnection.verdict}. */
  changed: (connection: DataConnection) => void;
  /** Whether a transfer uses this connection. */
  inUse: (connection: DataConnection) => boolean;
}

/**
 * The data connections of one session: makes one of each PASV, EPSV, PORT or EPRT that the server has
 * named its port for, words what the client is answered, and knows which the next transfer uses.
 */
export class DataConnections {
  readonly #options: DataConnectionsOptions;
  readonly #all = new Set<DataConnection>();
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

  /** Promises the client a port of our own for the server's port. */
  promisePort(verb: string, serverPort: number): Reply {
    const { publicSide, emit } = this.#options;
    this.#dropUnused();
    const connection = this.#connectionTo(serverPort);
    const offer = publicSide.offerPassive((channel) => {
      emit({ type: 'data-accepted', port });
      connection.attachClient(channel);
    });
    if ('refused' in offer) {
      emit({ type: 'passive-failed', verb, text: offer.refused });
      return GATEWAY_REPLIES.noPassivePort(offer.refused);
    }
    const { port, host } = offer;
    if (verb === 'PASV' && host === undefined) {
      offer.withdraw();
      return GATEWAY_REPLIES.noIpv4();
    }
    connection.meet({ by: 'accept', offer });
    this.#keep(connection);
    emit({ type: 'passive-offered', verb, port, serverPort, ...(host && { host }) });
    return verb === 'PASV'
      ? reply(227, formatPasv({ host: host ?? '', port }))
      : reply(229, formatEpsv(port));
  }

  /** Promises the client to dial it for the server's port. */
  promiseDial(verb: string, address: HostPort, serverPort: number): Reply {
    const { publicSide, emit } = this.#options;
    this.#dropUnused();
    const connection = this.#connectionTo(serverPort);
    connection.meet({
      by: 'dial',
      address,
      dial: (outcome) =>
        publicSide.dialClient(address, {
          connected: (channel, localPort) => {
            emit({ type: 'data-dialled', ...address, localPort });
            outcome.connected(channel, localPort);
          },
          failed: (reason) => outcome.failed(reason),
        }),
    });
    this.#keep(connection);
    emit({ type: 'active-offered', verb, ...address, serverPort });
    return GATEWAY_REPLIES.activeAgreed(verb);
  }

  /** Breaks off what is not complete and lets go of all. */
  abort(by: Culprit, reason: string): void {
    for (const connection of this.#all) {
      if (connection.verdict === 'pending') connection.abort(by, reason);
      connection.dispose(reason);
    }
    this.#all.clear();
  }

  #connectionTo(serverPort: number): DataConnection {
    const { serverSide, timers, stall } = this.#options;
    const connection: DataConnection = new DataConnection({
      timers,
      stall,
      dialServer: () => serverSide.openData(serverPort),
      changed: () => this.#changed(connection),
    });
    return connection;
  }

  #changed(connection: DataConnection): void {
    const { changed, inUse } = this.#options;
    if (connection.over) {
      this.#all.delete(connection);
      if (!inUse(connection)) this.used(connection);
    }
    changed(connection);
  }

  #keep(connection: DataConnection): void {
    this.#all.add(connection);
    this.#next = connection;
  }

  /** A new PASV or PORT takes the place of a set-up that no transfer uses: the last one counts. */
  #dropUnused(): void {
    const unused = this.#next;
    this.#next = undefined;
    if (unused === undefined || this.#options.inUse(unused)) return;
    this.#all.delete(unused);
    unused.dispose('replaced by a new PASV or PORT');
  }
}
