import type { RecordedEvent } from '../../shared/diagnosis/record.ts';

/** Who of client and relay dials the other for data. */
export type DataMode = 'passive' | 'active';

/** A data connection that is being set up. */
interface SetUp {
  readonly mode: DataMode;
  /** When the client was told a port, or sent the command for which it is dialled. */
  beganAt: number | undefined;
  serverPort: number | undefined;
  clientStands: boolean;
  serverStands: boolean;
}

const TRANSFERS: ReadonlySet<string> = new Set([
  'RETR',
  'STOR',
  'STOU',
  'APPE',
  'LIST',
  'NLST',
  'MLSD',
]);

/**
 * How long data connections take to come about: from the passive offer, or with an active client from its
 * transfer command, until both the client's and the server's half stand.
 *
 * @typeParam V a visit; nothing is kept of one that is gone
 */
export class SetUpTimes<V extends object> {
  readonly #pending = new WeakMap<V, SetUp>();
  /** The server's port to which a connection stands before anybody was promised anything. */
  readonly #early = new WeakMap<V, number>();
  readonly #done: (mode: DataMode, ms: number) => void;

  constructor(done: (mode: DataMode, ms: number) => void) {
    this.#done = done;
  }

  /** @param at milliseconds */
  take(visit: V, event: RecordedEvent, at: number): void {
    switch (event.type) {
      case 'passive-offered':
        this.#begin(visit, 'passive', event.serverPort, at);
        break;
      case 'active-offered':
        this.#begin(visit, 'active', event.serverPort, undefined);
        break;
      case 'command':
        if (TRANSFERS.has(event.verb)) this.#asked(visit, at);
        break;
      case 'data-accepted':
      case 'data-dialled':
      case 'data-direct':
        this.#stands(visit, at, 'client');
        break;
      case 'server-data':
        this.#server(visit, event.serverPort, at);
        break;
      case 'transfer-ended':
        this.#pending.delete(visit);
        break;
      default:
    }
  }

  #begin(
    visit: V,
    mode: DataMode,
    serverPort: number | undefined,
    beganAt: number | undefined,
  ): void {
    const serverStands = serverPort !== undefined && this.#early.get(visit) === serverPort;
    this.#early.delete(visit);
    this.#pending.set(visit, { mode, beganAt, serverPort, clientStands: false, serverStands });
  }

  #asked(visit: V, at: number): void {
    const pending = this.#pending.get(visit);
    if (pending !== undefined) pending.beganAt ??= at;
  }

  #server(visit: V, port: number | undefined, at: number): void {
    const pending = this.#pending.get(visit);
    if (pending !== undefined && pending.serverPort === port) this.#stands(visit, at, 'server');
    else if (port !== undefined) this.#early.set(visit, port);
  }

  #stands(visit: V, at: number, half: 'client' | 'server'): void {
    const pending = this.#pending.get(visit);
    if (pending === undefined) return;
    if (half === 'client') pending.clientStands = true;
    else pending.serverStands = true;
    if (!pending.clientStands || !pending.serverStands || pending.beganAt === undefined) return;
    this.#pending.delete(visit);
    // The clock may have been set back meanwhile.
    this.#done(pending.mode, Math.max(0, at - pending.beganAt));
  }
}
