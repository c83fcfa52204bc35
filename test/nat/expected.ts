import { RELAY } from './topology.ts';
import type { Place } from './topology.ts';
import { isActive } from '../support/clients/index.ts';
import type { ClientName, Mode } from './programs.ts';

/** Whether a transfer works, or the client reads a reply that names the cause. */
export type Expectation = 'works' | 'told';

/** A client's place and the tunnel it uses. */
export interface Row {
  readonly place: Place;
  /** As in the printed table. */
  readonly label: string;
  /** The relay's address that is reached from there. */
  readonly host: string;
  readonly port: (typeof TUNNEL_PORTS)[number];
  readonly active: Expectation;
  /** The client speaks TLS, and its data is private: no router reads or changes what it says. */
  readonly tls?: true;
}

/** The tunnel that lets data of clients in the server's own network stay there; no helper looks at it. */
export const LAN_DIRECT_PORT = 2122;
/** The same, with TLS between its agent and the FTP server. */
export const SERVER_TLS_PORT = 2123;
/** Tunnels whose data may stay in the server's network. */
export const DIRECT_PORTS: readonly number[] = [LAN_DIRECT_PORT, SERVER_TLS_PORT];
/** The tunnels' ports: the one that FTP helpers look at, and those that they do not. */
export const TUNNEL_PORTS = [21, 2121, LAN_DIRECT_PORT, SERVER_TLS_PORT] as const;
export const MODES: readonly Mode[] = ['EPSV', 'PASV', 'EPRT', 'PORT'];
export const CLIENTS: readonly ClientName[] = ['curl', 'lftp', 'ftplib'];
/** Within it a client must know why its transfer does not work. */
export const TOLD_WITHIN_MS = 10_000;

const { ipv4, ipv6 } = RELAY;
const PLAIN_ROWS: readonly Row[] = [
  { place: 'open', label: 'public', host: ipv4, port: 21, active: 'works' },
  { place: 'open', label: 'public', host: ipv4, port: 2121, active: 'works' },
  { place: 'firewalled', label: 'public, inbound firewall', host: ipv4, port: 21, active: 'told' },
  {
    place: 'firewalled',
    label: 'public, inbound firewall',
    host: ipv4,
    port: 2121,
    active: 'told',
  },
  { place: 'home-client', label: 'NAT', host: ipv4, port: 21, active: 'told' },
  { place: 'home-client', label: 'NAT', host: ipv4, port: 2121, active: 'told' },
  { place: 'helped-client', label: 'NAT, FTP helper on 21', host: ipv4, port: 21, active: 'works' },
  {
    place: 'helped-client',
    label: 'NAT, FTP helper on 21',
    host: ipv4,
    port: 2121,
    active: 'told',
  },
  {
    place: 'neighbour',
    label: "server's LAN, helper on 21",
    host: ipv4,
    port: 21,
    active: 'works',
  },
  {
    place: 'neighbour',
    label: "server's LAN, helper on 21",
    host: ipv4,
    port: 2121,
    active: 'told',
  },
  {
    place: 'neighbour',
    label: "server's LAN, lan-direct",
    host: ipv4,
    port: LAN_DIRECT_PORT,
    active: 'works',
  },
  {
    place: 'neighbour',
    label: "server's LAN, lan-direct, server with TLS",
    host: ipv4,
    port: SERVER_TLS_PORT,
    active: 'works',
  },
  {
    place: 'shut',
    label: "server's LAN, own firewall, lan-direct",
    host: ipv4,
    port: LAN_DIRECT_PORT,
    active: 'told',
  },
  { place: 'home-client', label: 'NAT', host: ipv4, port: LAN_DIRECT_PORT, active: 'told' },
  { place: 'six', label: 'IPv6 only', host: ipv6, port: 21, active: 'works' },
  { place: 'six', label: 'IPv6 only', host: ipv6, port: 2121, active: 'works' },
];
/** Helpers are blind, and data of neighbours does not leave the relay, whose TLS it is. */
const TLS_ROWS: readonly Row[] = [
  { place: 'open', label: 'public', host: ipv4, port: 21, active: 'works' },
  {
    place: 'open',
    label: 'public, server with TLS',
    host: ipv4,
    port: SERVER_TLS_PORT,
    active: 'works',
  },
  { place: 'firewalled', label: 'public, inbound firewall', host: ipv4, port: 21, active: 'told' },
  { place: 'home-client', label: 'NAT', host: ipv4, port: 21, active: 'told' },
  { place: 'helped-client', label: 'NAT, FTP helper on 21', host: ipv4, port: 21, active: 'told' },
  {
    place: 'neighbour',
    label: "server's LAN, lan-direct",
    host: ipv4,
    port: LAN_DIRECT_PORT,
    active: 'told',
  },
  { place: 'six', label: 'IPv6 only', host: ipv6, port: 21, active: 'works' },
];
/** Every row of the table. Passive mode works in all of them. */
export const ROWS: readonly Row[] = [
  ...PLAIN_ROWS,
  ...TLS_ROWS.map((row) => ({ ...row, tls: true as const })),
];

/** Replies that name the cause. */
const NAMES_FIREWALL = /\b[45]\d\d[ -].*firewall/i;
const NAMES_NAT = /\b[45]\d\d[ -].*NAT\b/;

/** What a visit must come to; `cause` is what the client must have read when it does not work. */
export function expected(row: Row, mode: Mode): { result: Expectation; cause: RegExp } {
  const cause = row.place === 'firewalled' ? NAMES_FIREWALL : NAMES_NAT;
  return { result: isActive(mode) ? row.active : 'works', cause };
}

/** Why a program cannot be made to use a mode there; undefined when it can. */
export function whyNoSuchVisit(row: Row, mode: Mode, client: ClientName): string | undefined {
  if (row.place === 'six' && (mode === 'PASV' || mode === 'PORT')) {
    return `${mode} has no form for IPv6`;
  }
  if (row.place !== 'six' && mode === 'EPRT' && client === 'lftp') {
    return 'lftp sends EPRT over IPv6 only';
  }
  if (row.tls === true && row.active === 'works' && client === 'curl' && isActive(mode)) {
    return 'curl 7.88 begins no TLS on a data connection that it accepts';
  }
  return undefined;
}
