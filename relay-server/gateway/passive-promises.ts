import { canonicalAddress } from '../../shared/net/address.ts';
import { networkAround } from '../../shared/net/networks.ts';
import type { DataSource } from '../policy.ts';

/** Who may redeem a promise. Addresses are canonical. */
export interface PromiseTerms {
  /** Address of the control connection; it may in any case. */
  readonly client: string;
  /** Where else the connection may come from, seen from the client's address. */
  readonly source: DataSource;
  /** Whether the tunnel admits an address other than the client's. Asked when the connection comes. */
  readonly admits: (address: string) => boolean;
  /** Which FTP servers may come instead (FXP), also asked then; undefined where none may. */
  readonly fxp: ((address: string) => boolean) | undefined;
  /** Whether the tunnel believes this balancer who the connections are from that it passes on. */
  readonly believes: (balancer: string) => boolean;
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
 *
 * A promise that a server may redeem (FXP) is one to everybody, too, as far as ports go: no two of them
 * share one. And it takes no port on which that server would be taken for somebody else's client.
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
   * Promises a port; undefined when all are promised to those who might come. Where none is left for
   * servers, the promise is made without them: clients are served as long as they can be.
   * @param start where among the ports to begin, from 0; a random one makes the port hard to guess
   */
  promise(terms: PromiseTerms, value: T, start: number): Promised<T> | undefined {
    const wanted = { ...terms, client: canonicalAddress(terms.client) };
    const alone = { ...wanted, fxp: undefined };
    return (
      this.#promise(wanted, value, start, isConfusing) ??
      this.#promise(alone, value, start, isConfusing) ??
      this.#promise(alone, value, start, () => false)
    );
  }

  #promise(
    terms: PromiseTerms,
    value: T,
    start: number,
    avoid: (terms: PromiseTerms, others: Iterable<PromiseTerms>) => boolean,
  ): Promised<T> | undefined {
    const scopes = scopesOf(terms);
    const ports = [...this.#ports.keys()];
    for (let i = 0; i < ports.length; i += 1) {
      const port = ports[(start + i) % ports.length] ?? 0;
      const taken = this.#ports.get(port);
      if (taken === undefined || scopes.some((scope) => taken.has(scope))) continue;
      if (avoid(terms, taken.values())) continue;
      const promised: Promised<T> = { ...terms, port, value };
      for (const scope of scopes) taken.set(scope, promised);
      return promised;
    }
    return undefined;
  }

  /** Takes a promise back, if it is not redeemed. Idempotent. */
  withdraw(promised: Promised<T>): void {
    const taken = this.#ports.get(promised.port);
    for (const scope of scopesOf(promised)) {
      if (taken?.get(scope) === promised) taken.delete(scope);
    }
  }

  /**
   * Finds out to whom a connection from `address` to `port` was promised; the promise is kept with
   * that. A stranger gets undefined and takes nothing from anybody.
   * @param address canonical
   * @param balancer on whose word the connection is from that address, if on somebody's
   */
  redeem(address: string, port: number, balancer?: string): Promised<T> | undefined {
    for (const scope of [address, networkAround(address), EVERYBODY]) {
      const promised = this.#ports.get(port)?.get(scope);
      if (promised === undefined || !mayRedeem(promised, address)) continue;
      if (balancer !== undefined && !promised.believes(balancer)) continue;
      this.withdraw(promised);
      return promised;
    }
    return undefined;
  }

  /** The promises of a port, each once. */
  on(port: number): ReadonlySet<Promised<T>> {
    return new Set(this.#ports.get(port)?.values());
  }

  /** Forgets all promises. */
  clear(): void {
    for (const taken of this.#ports.values()) taken.clear();
  }
}

function mayRedeem(terms: PromiseTerms, address: string): boolean {
  const { client, source, admits, fxp } = terms;
  // The client is let in already, and a policy that changes ends no session.
  if (address === client || fxp?.(address) === true) return true;
  const isNear = networkAround(address) === networkAround(client);
  return (source === 'any' || (source === 'same-network' && isNear)) && admits(address);
}

/** Whether a server that one of these promises is for would be taken for the other's client. */
function isConfusing(terms: PromiseTerms, others: Iterable<PromiseTerms>): boolean {
  for (const other of others) if (mayConfuse(terms, other) || mayConfuse(other, terms)) return true;
  return false;
}

function mayConfuse(forServers: PromiseTerms, other: PromiseTerms): boolean {
  if (forServers.fxp === undefined) return false;
  return other.source !== 'same' || forServers.fxp(other.client);
}

function scopesOf({ client, source, fxp }: PromiseTerms): string[] {
  const scopes = fxp === undefined ? [] : [EVERYBODY];
  if (source !== 'any') return [source === 'same' ? client : networkAround(client), ...scopes];
  return [EVERYBODY];
}
