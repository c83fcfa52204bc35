import {
  announcedPort,
  formatEprtArgument,
  formatPortArgument,
  type HostPort,
} from '../ftp/address.ts';
import { formatCommand } from '../ftp/command.ts';
import { isCompletion, replyText, type Reply } from '../ftp/reply.ts';
import { GATEWAY_LIMITS } from '../limits.ts';
import type { DataConnection } from './data-connection.ts';
import type { DataConnections } from './data-connections.ts';
import { GATEWAY_REPLIES } from './replies.ts';
import type { ListenOutcome, ServerSide, Timers } from './sides.ts';
import type { ServerWay } from './server-traits.ts';

/** What came of it: a connection whose server's half is agreed on, or what the client is answered. */
export type SetupOutcome = { connection: DataConnection } | { refusal: Reply };

export interface DataSetupOptions {
  /** PASV, EPSV, PORT or EPRT, as the client said. */
  verb: string;
  /** Ways to try, in this order; at least one. */
  ways: readonly ServerWay[];
  /** Whether the server is dialled before the client is answered. */
  doubts: (way: ServerWay) => boolean;
  /** Nothing is read from it before it is known where its bytes go. */
  held: boolean;
  data: DataConnections;
  serverSide: ServerSide;
  timers: Timers;
  toServer: (line: Uint8Array) => void;
  /** Called once, except after {@link DataSetup.cancel}. */
  done: (outcome: SetupOutcome) => void;
}

/**
 * How far it has come.
 * - `listening`: the agent is asked to listen, before the server is told where to connect.
 * - `asked`: the server was sent EPSV, PASV, PORT or EPRT; its final reply is outstanding.
 * - `proving`: it named a port, and the connection to it is awaited.
 * - `over`: `done` was called, or it was cancelled.
 */
type SetupState =
  | { is: 'listening'; giveUp: () => void }
  | { is: 'asked'; way: ServerWay; connection?: DataConnection }
  | { is: 'proving'; way: ServerWay; connection: DataConnection; cancelWait: () => void }
  | { is: 'over' };

/**
 * Agrees with the server on one data connection for a PASV, EPSV, PORT or EPRT of the client, whichever
 * way the server can, and independent of the client's. Each way is tried at most once.
 */
export class DataSetup {
  readonly #options: DataSetupOptions;
  readonly #left: ServerWay[];
  readonly #refusals = new Map<ServerWay, Reply>();
  #state: SetupState = { is: 'over' };

  constructor(options: DataSetupOptions) {
    this.#options = options;
    this.#left = [...options.ways];
  }

  /** Called once, first. */
  begin(): void {
    this.#tryNext();
  }

  /** Takes a final reply of the server: to what was asked, or 421, which may come at any moment. */
  answered(text: Reply): void {
    if (this.#state.is !== 'asked') {
      this.#finish({ refusal: text });
      return;
    }
    const { way, connection } = this.#state;
    const port = announcedPort(text);
    if (connection !== undefined && isCompletion(text)) this.#agree(way, connection);
    else if (connection === undefined && port !== undefined) this.#named(wayOf(text), port);
    else if (saysMoreThanNo(text)) this.#finish({ refusal: text });
    else this.#refused(way, isCompletion(text) ? unusable(text) : text);
  }

  /** A data connection changed; it may be the one that is being proved. */
  dataChanged(connection: DataConnection): void {
    const state = this.#state;
    if (state.is !== 'proving' || state.connection !== connection) return;
    if (connection.serverStands) this.#agree(state.way, connection);
    else if (connection.breakage !== undefined) {
      this.#refused(state.way, GATEWAY_REPLIES.deadServerPort(connection.breakage.reason));
    }
  }

  /** Gives it up, without an outcome. */
  cancel(reason: string): void {
    this.#leave(reason);
  }

  #tryNext(): void {
    const way = this.#left.shift();
    if (way === undefined) {
      this.#finish({ refusal: this.#refusal() });
    } else if (way === 'active') {
      this.#listen();
    } else {
      this.#state = { is: 'asked', way };
      this.#options.toServer(formatCommand(way));
    }
  }

  /** The server may connect before it answers PORT (pyftpdlib), so the agent listens first. */
  #listen(): void {
    const { data, serverSide, held, toServer } = this.#options;
    let connection: DataConnection | undefined;
    let giveUp = (): void => {};
    this.#state = { is: 'listening', giveUp: () => giveUp() };
    const outcome: ListenOutcome = {
      listening: (at, channel) => {
        connection = data.fromServer(at, channel);
        this.#state = { is: 'asked', way: 'active', connection };
        toServer(activeCommand(at));
      },
      connected: () => connection?.serverConnected(),
      failed: (reason) => this.#refused('active', GATEWAY_REPLIES.agentCannotListen(reason)),
    };
    giveUp = serverSide.listenData(outcome, held);
  }

  /** The server listens on a port. */
  #named(way: ServerWay, port: number): void {
    const { data, timers, doubts, held } = this.#options;
    const connection = data.toServer(way, port, held);
    if (!doubts(way)) {
      this.#agree(way, connection);
      return;
    }
    const cancelWait = timers.after(GATEWAY_LIMITS.serverProof, () => {
      const reason = `no answer within ${GATEWAY_LIMITS.serverProof / 1000} seconds`;
      connection.abort('server', 'connect-timeout', reason);
    });
    this.#state = { is: 'proving', way, connection, cancelWait };
    connection.reachServer();
  }

  #agree(way: ServerWay, connection: DataConnection): void {
    if (this.#state.is === 'proving') this.#state.cancelWait();
    this.#state = { is: 'over' };
    this.#options.data.agreed(way);
    this.#options.done({ connection });
  }

  #refused(way: ServerWay, text: Reply): void {
    this.#refusals.set(way, text);
    this.#leave('the FTP server serves it another way');
    this.#tryNext();
  }

  #finish(outcome: SetupOutcome): void {
    this.#leave('the FTP server refused it');
    this.#options.done(outcome);
  }

  #leave(reason: string): void {
    const state = this.#state;
    this.#state = { is: 'over' };
    if (state.is === 'listening') state.giveUp();
    else if (state.is === 'proving') state.cancelWait();
    if ('connection' in state && state.connection !== undefined) {
      this.#options.data.drop(state.connection, reason);
    }
  }

  /** What the server said to the client's own way, which the client understands best. */
  #refusal(): Reply {
    const { verb } = this.#options;
    const own = verb === 'EPSV' || verb === 'PASV' ? verb : 'active';
    return this.#refusals.get(own) ?? [...this.#refusals.values()].at(-1) ?? unusable();
  }
}

/** A refusal that no other way could change: not logged in, going away, no port free just now. */
function saysMoreThanNo(text: Reply): boolean {
  return text.code === 530 || (text.code >= 300 && text.code < 500);
}

/** Some servers answer EPSV with 227. */
function wayOf(text: Reply): ServerWay {
  return text.code === 229 ? 'EPSV' : 'PASV';
}

function unusable(text?: Reply): Reply {
  return GATEWAY_REPLIES.badServerPassive(text === undefined ? 'nothing' : replyText(text));
}

/** PORT, which every server knows, for IPv4; EPRT, which has a form for it, for IPv6. */
function activeCommand(at: HostPort): Buffer {
  return at.host.includes(':')
    ? formatCommand('EPRT', formatEprtArgument(at))
    : formatCommand('PORT', formatPortArgument(at));
}
