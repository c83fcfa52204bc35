import { isIP, isIPv4 } from 'node:net';
import { sql, type ExpressionBuilder, type ExpressionWrapper, type SqlBool } from 'kysely';
import { GangwayError } from '../../shared/errors.ts';
import { HISTORY_LIMITS } from '../watch-limits.ts';
import { canonicalAddress } from '../../shared/net/address.ts';
import { network } from '../../shared/net/networks.ts';
import type { HistoryFilter } from './history.ts';
import type { Database, Schema } from './schema.ts';
import type { TimeCursor } from './time-cursor.ts';

/** Tables of history: each row has a time and an id. */
export type HistoryTable =
  | 'past_sessions'
  | 'past_transfers'
  | 'past_findings'
  | 'past_line_losses';

/** What a row has to be. */
export type Condition = ExpressionWrapper<Schema, HistoryTable, SqlBool>;

/** Builds conditions on rows of history. */
export type Is = ExpressionBuilder<Schema, HistoryTable>;

/** What all lists of history can be narrowed to by an index that is in order of time, too. */
export function conditionsOf(is: Is, { tunnel, since, until }: HistoryFilter): Condition[] {
  const conditions: Condition[] = [];
  if (tunnel !== undefined) conditions.push(is('tunnel', '=', tunnel));
  if (since !== undefined) conditions.push(is('at', '>=', since));
  if (until !== undefined) conditions.push(is('at', '<=', until));
  return conditions;
}

/** What comes after a row, the newest first. The first half is for the index, which takes no `or`. */
export function behind(is: Is, { at, id }: TimeCursor): Condition {
  return is.and([is('at', '<=', at), is.or([is('at', '<', at), is('id', '<', id)])]);
}

/** The opposite of {@link behind}. */
export function notBehind(is: Is, { at, id }: TimeCursor): Condition {
  return is.and([is('at', '>=', at), is.or([is('at', '>', at), is('id', '>=', id)])]);
}

/**
 * A condition that many values meet, in two forms: one for an index, whose rows have then to be sorted by time,
 * and one no index is for, so that rows are read by time until there are enough. The first suits few rows, the
 * second many; either way takes long where the other should have been.
 */
export interface WideCondition {
  readonly byIndex: (is: Is) => Condition;
  readonly byTime: (is: Is) => Condition;
  /** The index has the rows in order of time: nothing is sorted. */
  readonly inOrder: boolean;
}

/** After the last text that begins like another: the last character there is. */
const LAST = '\u{10ffff}';

/** A column that begins with a text. */
export function beginsWith(column: 'client' | 'user', text: string): WideCondition {
  const value = sql<string>`coalesce(${sql.ref(column)}, '')`;
  return {
    byIndex: (is) => is.and([is(column, '>=', text), is(column, '<', text + LAST)]),
    byTime: (is) => is.and([is(value, '>=', text), is(value, '<', text + LAST)]),
    inOrder: false,
  };
}

/** A client's address, the beginning of it, or a network. @throws GangwayError `network-unsuited`. */
export function addressed(text: string): WideCondition {
  if (isIP(text) !== 0) return isClient(canonicalAddress(text));
  if (!text.includes('/')) return beginsWith('client', text.toLowerCase());
  const parsed = network(text);
  const [first = '', bits = ''] = parsed.ok ? parsed.value.split('/') : [];
  if (bits === (isIPv4(first) ? '32' : '128')) return isClient(first);
  // 203.0.113.0/24 is what begins with "203.0.113."; no other networks are written so evenly.
  const octets = EVEN[bits];
  if (isIPv4(first) && octets !== undefined) {
    return beginsWith('client', `${first.split('.').slice(0, octets).join('.')}.`);
  }
  throw new GangwayError('network-unsuited', `"${text.slice(0, 64)}" cannot be looked for`, {
    remedy: 'Give an address, the beginning of one, or an IPv4 network of /8, /16 or /24.',
    exitCode: 2,
  });
}

/** Octets of an IPv4 network that all its addresses begin with, by its bits. */
const EVEN: Readonly<Record<string, number>> = { 8: 1, 16: 2, 24: 3 };

/** One client: its index is in order of time. */
function isClient(address: string): WideCondition {
  const exactly = (is: Is): Condition => is('client', '=', address);
  return { byIndex: exactly, byTime: exactly, inOrder: true };
}

/** Whether so few rows meet a condition that they are sorted in no time. */
export async function isRare(
  db: Database,
  table: HistoryTable,
  { byIndex }: WideCondition,
): Promise<boolean> {
  const found = db
    .selectFrom(table)
    .select('id')
    .where((is) => byIndex(is));
  const row = await found.offset(HISTORY_LIMITS.sortAtOnce).limit(1).executeTakeFirst();
  return row === undefined;
}
