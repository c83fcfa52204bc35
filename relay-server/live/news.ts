import { LIVE_LIMITS } from '../watch-limits.ts';

/** Something that happened and that a page is told once. */
export interface NewsItem {
  /** Where it stands among all; opaque to pages, which give it back when they come again. */
  readonly id: string;
  readonly type: 'tunnel' | 'transfer' | 'finding';
  /** JSON. */
  readonly data: string;
}

/** The last news, so that a page whose connection broke misses none. */
export class News {
  /** Another one after each start: ids of another run mean nothing. */
  readonly #run: string;
  #items: NewsItem[] = [];
  #count = 0;
  readonly #listeners = new Set<(item: NewsItem) => void>();

  /** @param run a word of this run of the relay */
  constructor(run: string) {
    this.#run = run;
  }

  tell(type: NewsItem['type'], data: unknown): void {
    this.#count += 1;
    const item = { id: `${this.#run}-${this.#count}`, type, data: JSON.stringify(data) };
    this.#items.push(item);
    if (this.#items.length > 2 * LIVE_LIMITS.news)
      this.#items = this.#items.slice(-LIVE_LIMITS.news);
    for (const listener of this.#listeners) listener(item);
  }

  /** What was told after an item; undefined if that is not known any more. */
  since(id: string): readonly NewsItem[] | undefined {
    const [run, number] = id.split('-');
    const seen = Number(number);
    if (run !== this.#run || !Number.isSafeInteger(seen) || seen > this.#count) return undefined;
    const missed = this.#count - seen;
    if (missed > this.#items.length) return undefined;
    return missed === 0 ? [] : this.#items.slice(-missed);
  }

  /** @returns ends listening */
  listen(listener: (item: NewsItem) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
