import { networkInterfaces } from 'node:os';

/** Addresses of this machine, and whether they have changed since they were asked for last. */
export class NetworkWatch {
  readonly #read: () => ReadonlySet<string>;
  #addresses: ReadonlySet<string>;

  /** @param read addresses of this machine's networks, without those of itself */
  constructor(read: () => ReadonlySet<string> = ownAddresses) {
    this.#read = read;
    this.#addresses = read();
  }

  /** The addresses there are now, if they are others than the last time. */
  changed(): ReadonlySet<string> | undefined {
    const before = this.#addresses;
    const now = this.#read();
    const isSame = now.size === before.size && [...now].every((address) => before.has(address));
    this.#addresses = now;
    return isSame ? undefined : now;
  }
}

function ownAddresses(): ReadonlySet<string> {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return new Set(all.filter(({ internal }) => !internal).map(({ address }) => address));
}
