import { GangwayError } from '../../shared/errors.ts';
import { API_LIMITS } from '../limits.ts';
import type { Page } from '../views/common.ts';

/** Where a list that is sorted by time and id, the newest first, goes on: after this entry. */
export interface TimeCursor {
  readonly at: number;
  readonly id: string;
}

/** @throws GangwayError `cursor-invalid`. */
export function readTimeCursor(cursor: string): TimeCursor {
  const [, at, id] = /^(\d{1,15})\.([A-Za-z0-9_-]{1,64})$/.exec(cursor) ?? [];
  if (at === undefined || id === undefined) throw invalidCursor();
  return { at: Number(at), id };
}

export function invalidCursor(): GangwayError {
  return new GangwayError('cursor-invalid', 'this list has no such cursor', {
    remedy: 'Send nextCursor of the page before, or no cursor for the first page.',
    exitCode: 2,
  });
}

/**
 * A page from one row more than it may hold, which says whether there is another page.
 * @param rows at most `limit + 1`, the newest first.
 */
export function timePage<R extends { at: number; id: string }>(
  rows: readonly R[],
  limit: number = API_LIMITS.pageDefault,
): Page<R> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items, nextCursor: more ? `${last.at}.${last.id}` : null };
}
