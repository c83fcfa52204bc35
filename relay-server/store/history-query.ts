import { isIP, isIPv4 } from 'node:net';
import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely';
import { GangwayError } from '../../shared/errors.ts';
import { canonicalAddress } from '../../shared/net/address.ts';
import { network } from '../../shared/net/networks.ts';
import type { HistoryFilter } from './history.ts';
import type { Schema } from './schema.ts';
import { readTimeCursor, type TimeCursor } from './time-cursor.ts';

/** Tables of history: each row has a time and an id. */
export type HistoryTable = 'past_sessions' | 'past_transfers' | 'past_findings';

type Condition = ExpressionWrapper<Schema, HistoryTable, SqlBool>;

/** After the last text that begins like another: the last character there is. */
const LAST = '\u{10ffff}';

/** What all lists of history can be narrowed to, as conditions. */
export function conditionsOf(
  is: ExpressionBuilder<Schema, HistoryTable>,
  { tunnel, address, since, until, cursor }: HistoryFilter,
): Condition[] {
  const conditions: Condition[] = [];
  if (tunnel !== undefined) conditions.push(is('tunnel', '=', tunnel));
  if (address !== undefined) conditions.push(addressed(is, address));
  if (since !== undefined) conditions.push(is('at', '>=', since));
  if (until !== undefined) conditions.push(is('at', '<=', until));
  if (cursor !== undefined) conditions.push(behind(is, readTimeCursor(cursor)));
  return conditions;
}

/** What comes after a row, the newest first. The first half is for the index, which takes no `or`. */
export function behind(
  is: ExpressionBuilder<Schema, HistoryTable>,
  { at, id }: TimeCursor,
): Condition {
  return is.and([is('at', '<=', at), is.or([is('at', '<', at), is('id', '<', id)])]);
}

/** A column that begins with a text; indexes help. */
export function beginsWith(
  is: ExpressionBuilder<Schema, HistoryTable>,
  column: 'client' | 'user',
  text: string,
): Condition {
  return is.and([is(column, '>=', text), is(column, '<', text + LAST)]);
}

/** @throws GangwayError `network-unsuited`. */
function addressed(is: ExpressionBuilder<Schema, HistoryTable>, text: string): Condition {
  if (isIP(text) !== 0) return is('client', '=', canonicalAddress(text));
  if (!text.includes('/')) return beginsWith(is, 'client', text.toLowerCase());
  const parsed = network(text);
  const [first = '', bits = ''] = parsed.ok ? parsed.value.split('/') : [];
  if (bits === (isIPv4(first) ? '32' : '128')) return is('client', '=', first);
  // 203.0.113.0/24 is what begins with "203.0.113."; no other networks are written so evenly.
  const octets = EVEN[bits];
  if (isIPv4(first) && octets !== undefined) {
    return beginsWith(is, 'client', `${first.split('.').slice(0, octets).join('.')}.`);
  }
  throw new GangwayError('network-unsuited', `"${text.slice(0, 64)}" cannot be looked for`, {
    remedy: 'Give an address, the beginning of one, or an IPv4 network of /8, /16 or /24.',
    exitCode: 2,
  });
}

/** Octets of an IPv4 network that all its addresses begin with, by its bits. */
const EVEN: Readonly<Record<string, number>> = { 8: 1, 16: 2, 24: 3 };
