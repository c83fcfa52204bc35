import { isIP, isIPv6 } from 'node:net';
import type { Parsed, Parser } from './setting.ts';
import { wrong } from './units.ts';

export { byteRate, duration, formatByteRate, formatDuration } from './units.ts';

/** A host name or address with a port. IPv6 addresses are held without brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** An inclusive range of ports. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

const HOST_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?$/;
/** Any text that is not empty. */
export const text: Parser<string> = (raw) =>
  raw.trim() === '' ? wrong('is empty', 'Give a value.') : { ok: true, value: raw };

/** A decimal integer from `min` to `max`, both allowed. */
export function integer(min: number, max: number): Parser<number> {
  return (raw) => {
    const value = /^\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN;
    return value >= min && value <= max
      ? { ok: true, value }
      : wrong(`is not a number from ${min} to ${max}`, `Give a number from ${min} to ${max}.`);
  };
}

/** A TCP port that can be listened on by number: 1 to 65535. */
export const port: Parser<number> = integer(1, 65_535);

/** One of a few words. */
export function choice<const W extends string>(...words: readonly W[]): Parser<W> {
  return (raw) => {
    const value = words.find((word) => word === raw);
    return value === undefined
      ? wrong(`is none of ${words.join(', ')}`, `Give one of ${words.join(', ')}.`)
      : { ok: true, value };
  };
}

/** `true`/`false`, also `1`/`0` and `yes`/`no`. */
export const yesOrNo: Parser<boolean> = (raw) => {
  const word = raw.toLowerCase();
  if (['true', '1', 'yes'].includes(word)) return { ok: true, value: true };
  if (['false', '0', 'no'].includes(word)) return { ok: true, value: false };
  return wrong('is neither true nor false', 'Give true or false.');
};

/** A host name, an IPv4 address or an IPv6 address (with or without brackets). */
export const host: Parser<string> = (raw) => {
  const bare = raw.startsWith('[') && raw.endsWith(']') ? raw.slice(1, -1) : raw;
  if (isIP(bare) !== 0) return { ok: true, value: bare };
  const numbersOnly = /^[\d.]+$/.test(raw);
  if (bare === raw && HOST_NAME.test(raw) && !numbersOnly) return { ok: true, value: raw };
  return wrong(
    'is neither a host name nor an IP address',
    'Give a name like ftp.example.org or an address like 203.0.113.7.',
  );
};

/** An address of the version 4 or 6, as digits. */
export function address(version: 4 | 6): Parser<string> {
  return (raw) =>
    isIP(raw) === version
      ? { ok: true, value: raw }
      : wrong(
          `is not an IPv${version} address`,
          `Give an address like ${version === 4 ? '203.0.113.7' : '2001:db8::7'}.`,
        );
}

/** `HOST:PORT` or `[IPv6]:PORT`, the port from `min` (0 where the system may choose) to 65535. */
export function hostPort(min: 0 | 1): Parser<HostPort> {
  return (raw) => {
    const at = raw.lastIndexOf(':');
    const parsedHost = host(raw.slice(0, Math.max(at, 0)));
    const parsedPort = integer(min, 65_535)(raw.slice(at + 1));
    const unbracketed = parsedHost.ok && isIPv6(parsedHost.value) && !raw.startsWith('[');
    if (at < 1 || !parsedHost.ok || !parsedPort.ok || unbracketed) {
      return wrong(
        'is not HOST:PORT',
        'Write it like 127.0.0.1:21, [::1]:21 or ftp.example.org:21.',
      );
    }
    return { ok: true, value: { host: parsedHost.value, port: parsedPort.value } };
  };
}

/** The inverse of {@link hostPort}. */
export function formatHostPort(at: HostPort): string {
  return isIPv6(at.host) ? `[${at.host}]:${at.port}` : `${at.host}:${at.port}`;
}

/** `A-B` with 1024 ≤ A ≤ B ≤ 65535. */
export const portRange: Parser<PortRange> = (raw): Parsed<PortRange> => {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(raw);
  const from = Number(match?.[1]);
  const to = Number(match?.[2]);
  if (match !== null && from >= 1024 && from <= to && to <= 65_535) {
    return { ok: true, value: { from, to } };
  }
  return wrong(
    'is not a range of ports',
    'Write it like 50000-50063: two ports from 1024 to 65535, the smaller one first.',
  );
};

/** An address of a relay: `http://…` or `https://…`, without user, query or fragment. No slash at the end. */
export const relayUrl: Parser<string> = (raw) => {
  const url = URL.canParse(raw) ? new URL(raw) : undefined;
  const web = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url === undefined || !web || url.search !== '' || url.hash !== '' || url.username !== '') {
    return wrong('is not the URL of a relay', 'Write it like https://relay.example.org:8080.');
  }
  return { ok: true, value: url.href.replace(/\/+$/, '') };
};
