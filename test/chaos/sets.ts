import type { RealServer } from '../support/servers/index.ts';
import type { Wish } from './scenario.ts';

const MB = 1024 * 1024;

/** Transfers that meet a fault together. */
export interface TransferSet {
  readonly name: string;
  readonly bytes: number;
  wishes(servers: readonly RealServer[]): readonly Wish[];
}

/** One transfer a server, each on a link of its own: what one does the other does not. */
const ALONE: readonly TransferSet[] = [
  {
    name: 'alone, in clear',
    bytes: 64 * MB,
    wishes: (servers) =>
      servers.map((server, index) => ({
        server,
        verb: index % 2 === 0 ? 'RETR' : 'STOR',
        protection: 'clear',
        client: index % 2 === 0 ? 'curl' : 'lftp',
      })),
  },
  {
    name: 'alone, TLS',
    bytes: 64 * MB,
    wishes: (servers) =>
      servers.map((server, index) => ({
        server,
        verb: index % 2 === 0 ? 'STOR' : 'RETR',
        protection: 'TLS',
        client: index % 2 === 0 ? 'curl' : 'lftp',
      })),
  },
];

/** Eight at once on each link: both verbs, with and without TLS, by both clients. */
export const EIGHT: TransferSet = {
  name: 'eight a link',
  bytes: 64 * MB,
  wishes: (servers) => servers.flatMap(everyWay),
};

/** Large ones: what is small enough for buffers on the way proves less. */
const GIGABYTE: TransferSet = {
  name: '1 GB',
  bytes: 1024 * MB,
  wishes: (servers) =>
    servers.map((server, index) => ({
      server,
      verb: index % 2 === 0 ? 'STOR' : 'RETR',
      protection: index % 2 === 0 ? 'TLS' : 'clear',
      client: 'curl',
    })),
};

/** Every set of the long run, in its order. */
export const SETS: readonly TransferSet[] = [...ALONE, EIGHT, GIGABYTE];

function everyWay(server: RealServer): Wish[] {
  return (['RETR', 'STOR'] as const).flatMap((verb) =>
    (['clear', 'TLS'] as const).flatMap((protection) =>
      (['curl', 'lftp'] as const).map((client) => ({ server, verb, protection, client })),
    ),
  );
}
