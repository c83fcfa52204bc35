import { API_LIMITS } from '../limits.ts';
import type { Page, PageRequest } from '../views/common.ts';

/**
 * A page of a list that is held whole.
 * @param items sorted by their keys, as texts are compared.
 * @param keyOf unique, of characters a cursor may have. The list goes on behind the key even if that is gone.
 */
export function listPage<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { cursor, limit = API_LIMITS.pageDefault }: PageRequest,
): Page<T> {
  const rest = cursor === undefined ? items : items.filter((item) => keyOf(item) > cursor);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const more = rest.length > limit && last !== undefined;
  return { items: page, nextCursor: more ? keyOf(last) : null };
}

/** The key of what is listed by creation. */
export function creationKey({ createdAt, id }: { createdAt: number; id: string }): string {
  return `${String(createdAt).padStart(15, '0')}.${id}`;
}

/** All items of a list that comes in pages. */
export async function everyPage<T>(page: (at: PageRequest) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | null = null;
  do {
    const next: Page<T> = await page({
      limit: API_LIMITS.pageItems,
      ...(cursor !== null && { cursor }),
    });
    all.push(...next.items);
    ({ nextCursor: cursor } = next);
  } while (cursor !== null);
  return all;
}
