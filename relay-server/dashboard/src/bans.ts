import type { BanView } from '../../views/access.ts';
import type { Page } from '../../views/common.ts';
import { api } from './api.ts';
import { covers } from './covering.ts';

/** The most that is asked for at once. */
const PAGE_ITEMS = 200;
/** As many bans as a relay has at most, and some. */
const MOST_PAGES = 60;

/** The bans that keep an address out, of whatever tunnel. @throws ApiError */
export async function bansOf(address: string, signal: AbortSignal): Promise<BanView[]> {
  const found: BanView[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page: Page<BanView> = await api.get('/bans', { cursor, limit: PAGE_ITEMS }, signal);
    found.push(...page.items.filter(({ network }) => covers(network, address)));
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  return found;
}
