import { Buffer } from 'node:buffer';
import ipaddr from 'ipaddr.js';
import type { HostPort } from '../../shared/ftp/address.ts';
import { canonicalAddress, familyOf } from '../../shared/net/address.ts';

/**
 * What a header of the PROXY protocol says (haproxy's proxy-protocol.txt, versions 1 and 2): whose
 * connection it is that a balancer passes on, or that it is the balancer's own (a health check, or one
 * of whose ends it knows nothing). Addresses are canonical.
 */
export type ProxyHeader =
  | { readonly kind: 'proxied'; readonly ends: ProxiedEnds }
  | { readonly kind: 'local' };

/** The two ends of a connection as the client sees them. */
export interface ProxiedEnds {
  /** The client. */
  readonly source: HostPort;
  /** What the client connected to. */
  readonly destination: HostPort;
}

export type ProxyVersion = 'v1' | 'v2';

/** What a version 2 header begins with. */
export const V2_SIGNATURE: Buffer = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** What a version 1 header begins with. */
export const V1_START: Buffer = Buffer.from('PROXY ', 'latin1');
/** Signature, version and command, family and transport, length of the rest (§2.2). */
export const V2_FIXED = 16;

const ADDRESS_BYTES = { 4: 4, 6: 16 } as const;
const PORT_BYTES = 2;
const LOCAL: ProxyHeader = { kind: 'local' };

/**
 * Reads a whole version 1 line (§2.1).
 * @param line without its CRLF
 * @returns undefined if it is none
 */
export function parseV1(line: Uint8Array): ProxyHeader | undefined {
  const text = Buffer.from(line).toString('latin1');
  // Whatever follows UNKNOWN is to be ignored.
  if (/^PROXY UNKNOWN(?: .*)?$/s.test(text)) return LOCAL;
  const fields = /^PROXY (TCP4|TCP6) ([\da-fA-F:.]+) ([\da-fA-F:.]+) (\d+) (\d+)$/.exec(text);
  if (fields === null) return undefined;
  const [, family, ...rest] = fields;
  const [from = '', to = '', fromPort = '', toPort = ''] = rest;
  const isAddress = family === 'TCP4' ? isIpv4 : isIpv6;
  const source = isAddress(from) ? hostPort(from, portOf(fromPort)) : undefined;
  const destination = isAddress(to) ? hostPort(to, portOf(toPort)) : undefined;
  if (source === undefined || destination === undefined) return undefined;
  return { kind: 'proxied', ends: { source, destination } };
}

/** How many bytes follow the fixed part of a version 2 header. */
export function v2Length(fixed: Uint8Array): number {
  return Buffer.from(fixed).readUInt16BE(V2_FIXED - 2);
}

/**
 * Reads a whole version 2 header (§2.2). What it carries behind the addresses (TLVs) is skipped.
 * @param header with exactly the bytes its length says
 * @returns undefined if it is none
 */
export function parseV2(header: Uint8Array): ProxyHeader | undefined {
  const bytes = Buffer.from(header);
  const [version, command] = nibbles(bytes.readUInt8(12));
  const [family, transport] = nibbles(bytes.readUInt8(13));
  if (version !== 2 || command > 1) return undefined;
  // A balancer's own connection tells no ends, whatever else it says.
  if (command === 0) return LOCAL;
  if (family > 3 || transport > 2) return undefined;
  const isTcp = transport === 1 && (family === 1 || family === 2);
  if (!isTcp) return LOCAL;
  const size = ADDRESS_BYTES[family === 1 ? 4 : 6];
  if (bytes.length < V2_FIXED + 2 * (size + PORT_BYTES)) return undefined;
  const ports = V2_FIXED + 2 * size;
  const source = hostPort(addressAt(bytes, V2_FIXED, size), bytes.readUInt16BE(ports));
  const destination = hostPort(
    addressAt(bytes, V2_FIXED + size, size),
    bytes.readUInt16BE(ports + PORT_BYTES),
  );
  if (source === undefined || destination === undefined) return undefined;
  return { kind: 'proxied', ends: { source, destination } };
}

/**
 * The header for a connection between these ends; at most 107 bytes. Where one end is IPv6, the other is
 * written as IPv6, too: a header has one family.
 */
export function formatProxyHeader(version: ProxyVersion, ends: ProxiedEnds): Buffer {
  const { source, destination } = ends;
  const family = familyOf(source.host) === 6 || familyOf(destination.host) === 6 ? 6 : 4;
  const [from, to] = [source.host, destination.host].map((host) => inFamily(host, family));
  if (from === undefined || to === undefined) throw new TypeError('an address has no family');
  if (version === 'v1') {
    const ports = `${source.port} ${destination.port}`;
    return Buffer.from(`PROXY TCP${family} ${from.toString()} ${to.toString()} ${ports}\r\n`);
  }
  const addresses = Buffer.from([...from.toByteArray(), ...to.toByteArray()]);
  const fixed = Buffer.from([0x21, family === 4 ? 0x11 : 0x21, 0, addresses.length + 4]);
  const ports = Buffer.alloc(2 * PORT_BYTES);
  ports.writeUInt16BE(source.port, 0);
  ports.writeUInt16BE(destination.port, PORT_BYTES);
  return Buffer.concat([V2_SIGNATURE, fixed, addresses, ports]);
}

function inFamily(host: string, family: 4 | 6): ipaddr.IPv4 | ipaddr.IPv6 {
  const address = ipaddr.process(host);
  return family === 6 && address instanceof ipaddr.IPv4 ? address.toIPv4MappedAddress() : address;
}

function isIpv4(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) && !/(?:^|\.)0\d/.test(text);
}

function isIpv6(text: string): boolean {
  return text.includes(':') && ipaddr.IPv6.isValid(text);
}

/** No zeros in front (§2.1). */
function portOf(text: string): number {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) ? Number(text) : Number.NaN;
}

function hostPort(address: string, port: number): HostPort | undefined {
  return port <= 65_535 ? { host: canonicalAddress(address), port } : undefined;
}

function addressAt(bytes: Buffer, offset: number, size: number): string {
  return ipaddr.fromByteArray([...bytes.subarray(offset, offset + size)]).toString();
}

function nibbles(byte: number): [high: number, low: number] {
  return [byte >> 4, byte & 15];
}
