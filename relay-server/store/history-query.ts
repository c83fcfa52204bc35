import { isIP } from 'node:net';
import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely';
import { canonicalAddress } from '../../shared/net/address.ts';
import type { HistoryFilter } from './history.ts';
import type { Schema } from './schema.ts';
import { readTimeCursor } from './time-cursor.ts';

/** Tables of history: each row has a time, a tunnel and a client. */
type HistoryTable = 'past_sessions' | 'past_transfers' | 'past_findings';

type Condition = ExpressionWrapper<Schema, HistoryTable, SqlBool>;

/** After the last text that begins like another: no text has this character. */
const LAST = '\uffff';

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
  if (cursor !== undefined) {
    const { at, id } = readTimeCursor(cursor);
    conditions.push(is.or([is('at', '<', at), is.and([is('at', '=', at), is('id', '<', id)])]));
  }
  return conditions;
}

/** A column that begins with a text; indexes help. */
export function beginsWith(
  is: ExpressionBuilder<Schema, HistoryTable>,
  column: 'client' | 'user',
  text: string,
): Condition {
  return is.and([is(column, '>=', text), is(column, '<', text + LAST)]);
}

function addressed(is: ExpressionBuilder<Schema, HistoryTable>, address: string): Condition {
  if (isIP(address) !== 0) return is('client', '=', canonicalAddress(address));
  return beginsWith(is, 'client', address.toLowerCase());
}
