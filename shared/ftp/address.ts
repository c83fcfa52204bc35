import ipaddr from 'ipaddr.js';
import type { Reply } from './reply.ts';

/** Where a data connection goes. `host` is an address in text, never a name; `port` 1 to 65535. */
export interface HostPort {
  host: string;
  port: number;
}

/** What an EPRT argument says: an address, or a protocol family that RFC 2428 does not name. */
export type EprtArgument = ({ family: 1 | 2 } & HostPort) | { unsupportedFamily: number };

/** Six numbers between commas. It starts only where a run of digits starts, so it takes linear time. */
const SIX_NUMBERS = /(?<!\d)(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)/;

/**
 * Reads the address in a 227 reply: the first run of six numbers after the code, with or without
 * parentheses (RFC 1123 §4.1.2.6), in the last line or, if that has none, in one above it.
 * @returns undefined if it is not a 227, has no address, or one that cannot be
 */
export function parsePasvReply(reply: Reply): HostPort | undefined {
  if (reply.code !== 227) return undefined;
  const match = findInLines(reply, (text) => SIX_NUMBERS.exec(text));
  return match === undefined ? undefined : hostPortOf(match);
}

/**
 * Writes the text of a 227 reply, in the one form that every client and every NAT understands.
 * @throws RangeError if the host is not an IPv4 address or the port not a port
 */
export function formatPasv(address: HostPort): string {
  return `Entering Passive Mode (${formatPortArgument(address)}).`;
}

/**
 * Reads the port in a 229 reply: `(<d><d><d>port<d>)` with any delimiter of ASCII 33 to 126
 * (RFC 2428 §3); parentheses may be missing.
 * @returns undefined if it is not a 229, has no port, or one that cannot be
 */
export function parseEpsvReply(reply: Reply): number | undefined {
  if (reply.code !== 229) return undefined;
  const match = findInLines(
    reply,
    (text) => /\(([!-~])\1\1(\d{1,5})\1\)/.exec(text) ?? /([!-/:-~])\1\1(\d{1,5})\1/.exec(text),
  );
  return match === undefined ? undefined : portOf(match[2]);
}

/**
 * Writes the text of a 229 reply.
 * @throws RangeError if the port is not a port
 */
export function formatEpsv(port: number): string {
  return `Entering Extended Passive Mode (|||${checkedPort(port)}|)`;
}

/**
 * The data port a 227 or 229 reply names. The address in a 227 is ignored: the server's address is
 * known, and a reply must not be able to send anybody elsewhere (CVE-2020-8284, RFC 6384 §6).
 * @returns undefined for any other reply, and for one that names no port that can be
 */
export function announcedPort(reply: Reply): number | undefined {
  return reply.code === 229 ? parseEpsvReply(reply) : parsePasvReply(reply)?.port;
}

/** Reads the argument of PORT: six numbers and nothing else (RFC 959 §4.1.2). */
export function parsePortArgument(argument: Buffer): HostPort | undefined {
  const match = /^(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)$/.exec(argument.toString('latin1').trim());
  return match === null ? undefined : hostPortOf(match);
}

/**
 * Writes the argument of PORT.
 * @throws RangeError if the host is not an IPv4 address or the port not a port
 */
export function formatPortArgument(address: HostPort): string {
  if (!ipaddr.IPv4.isValidFourPartDecimal(address.host)) {
    throw new RangeError(`${address.host} is not an IPv4 address`);
  }
  const port = checkedPort(address.port);
  return `${address.host.replaceAll('.', ',')},${port >> 8},${port & 255}`;
}

/**
 * Reads the argument of EPRT: `<d>family<d>address<d>port<d>` with any delimiter of ASCII 33 to 126
 * (RFC 2428 §2).
 * @returns undefined if it is malformed
 */
export function parseEprtArgument(argument: Buffer): EprtArgument | undefined {
  const text = argument.toString('latin1').trim();
  const delimiter = text[0];
  if (delimiter === undefined || !/[!-~]/.test(delimiter)) return undefined;
  const parts = text.split(delimiter);
  const [before, family = '', host = '', portText, after] = parts;
  if (parts.length !== 5 || before !== '' || after !== '') return undefined;
  if (!/^\d{1,5}$/.test(family)) return undefined;
  if (Number(family) !== 1 && Number(family) !== 2) return { unsupportedFamily: Number(family) };
  const port = portOf(portText);
  if (port === undefined || familyOf(host) !== Number(family)) return undefined;
  return { family: Number(family) === 1 ? 1 : 2, host, port };
}

/**
 * Writes the argument of EPRT.
 * @throws RangeError if the host is not an address or the port not a port
 */
export function formatEprtArgument(address: HostPort): string {
  const family = familyOf(address.host);
  if (family === undefined) throw new RangeError(`${address.host} is not an IP address`);
  return `|${family}|${address.host}|${checkedPort(address.port)}|`;
}

/** The protocol family of RFC 2428. A zone (`%eth0`) means nothing on another machine. */
function familyOf(host: string): 1 | 2 | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(host)) return 1;
  return ipaddr.IPv6.isValid(host) && !host.includes('%') ? 2 : undefined;
}

function findInLines(
  reply: Reply,
  find: (text: string) => RegExpExecArray | null,
): RegExpExecArray | undefined {
  for (const line of reply.lines.toReversed()) {
    const match = find(line.toString('latin1').replace(/^\d{3}/, ''));
    if (match !== null) return match;
  }
  return undefined;
}

function hostPortOf(match: RegExpExecArray): HostPort | undefined {
  const [a = 256, b = 256, c = 256, d = 256, high = 256, low = 256] = match.slice(1).map(Number);
  if (Math.max(a, b, c, d, high, low) > 255) return undefined;
  const port = high * 256 + low;
  return port === 0 ? undefined : { host: `${a}.${b}.${c}.${d}`, port };
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : undefined;
}

function checkedPort(port: number): number {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new RangeError(`${port} is not a port`);
  }
  return port;
}
