import { canonicalAddress } from '../../shared/net/address.ts';
import { networkAround } from '../networks.ts';
import type { DataSource } from '../policy.ts';

/** Who may redeem a promise. */
export interface PromiseTerms {
  /** Address of the control connection; it may in any case. */
  readonly client: string;
  /** Where else the connection may come from, seen from the client's address. */
  readonly source: DataSource;
  /** Whether the tunnel admits an address other than the client's. Asked when the connection comes. */
  readonly admits: (address: string) => boolean;
}

/** A promise that is kept here, with whatever the owner wants back when it is redeemed. */
export interface Promised<T> extends PromiseTerms {
  readonly port: number;
  readonly value: T;
}

/** Promises of one port by scope: an address, a network, or everybody. */
type Scopes<T> = Map<string, Promised<T>>;

const EVERYBODY = '*';

/**
 * What was promised on the shared passive ports: which connection belongs to whom. Knows no socket.
 *
 * Ports are taken per client address. A promise may be kept to the client's network or to anybody
 * instead. Such promises are apart from each other and from the strict ones, which are looked at
 * first: a tunnel that is lax takes neither ports nor connections from one that is not.
 */
export class PassivePromises<T> {
  readonly #ports = new Map<number, Scopes<T>>();

  /** Another port from now on. */
  addPort(port: number): void {
    this.#ports.set(port, new Map());
  }

  /** How many ports there are. */
  get ports(): number {
    return this.#ports.size;
  }

  /**
   * Promises a port; undefined when all are promised to those who might come.
   * @param start where among the ports to begin, from 0; a random one makes the port hard to guess
   */
  promise(terms: PromiseTerms, value: T, start: number): Promised<T> | undefined {
    const client = canonicalAddress(terms.client);
    const scope = scopeOf(terms.source, client);
    const ports = [...this.#ports];
    for (let i = 0; i < ports.length; i += 1) {
      const [port, scopes] = ports[(start + i) % ports.length] ?? [0, new Map<string, never>()];
      if (scopes.has(scope)) continue;
      const promised: Promised<T> = { ...terms, client, port, value };
      scopes.set(scope, promised);
      return promised;
    }
    return undefined;
  }

  /** Takes a promise back, if it is not redeemed. Idempotent. */
  withdraw(promised: Promised<T>): void {
    const scopes = this.#ports.get(promised.port);
    for (const [scope, one] of scopes ?? []) if (one === promised) scopes?.delete(scope);
  }

  /**
   * Finds out to whom a connection from `address` to `port` was promised; the promise is kept with
   * that. A stranger gets undefined and takes nothing from anybody.
   * @param address canonical
   */
  redeem(address: string, port: number): Promised<T> | undefined {
    for (const scope of [address, networkAround(address), EVERYBODY]) {
      const promised = this.#ports.get(port)?.get(scope);
      if (promised === undefined || !mayRedeem(promised, address)) continue;
      this.withdraw(promised);
      return promised;
    }
    return undefined;
  }

  /** Forgets all promises. */
  clear(): void {
    for (const scopes of this.#ports.values()) scopes.clear();
  }
}

function mayRedeem({ client, admits }: PromiseTerms, address: string): boolean {
  // The client is let in already, and a policy that changes ends no session.
  return address === client || admits(address);
}

function scopeOf(source: DataSource, client: string): string {
  if (source === 'any') return EVERYBODY;
  return source === 'same' ? client : networkAround(client);
}
