import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Page } from '../../views/common.ts';
import { api, asApiError, queryText, type ApiError, type Query } from './api.ts';
import { resyncs, written } from './live.ts';

/** Something of the relay that a page shows. What was shown stays while it is read again. */
export interface Resource<T> {
  readonly data: T | undefined;
  readonly error: ApiError | undefined;
  readonly loading: boolean;
  readonly reload: () => void;
  /** Shows what another answer has already brought. */
  readonly replace: (data: T) => void;
}

/**
 * Reads `path`, again whenever it or the query changes, and when events were lost; undefined reads nothing.
 * A component that may come to show something else altogether needs a `key`.
 */
export function useResource<T>(path: string | undefined, query: Query = {}): Resource<T> {
  const url = path === undefined ? undefined : path + queryText(query);
  const [state, setState] = useState<{ data?: T; error?: ApiError }>({});
  const [loading, setLoading] = useState(url !== undefined);
  const [count, setCount] = useState(0);
  const reload = useCallback(() => setCount((n) => n + 1), []);
  const lost = resyncs.value;
  useEffect(() => {
    if (url === undefined) return undefined;
    const stop = new AbortController();
    setLoading(true);
    api.get<T>(url, {}, stop.signal).then(
      (data) => {
        setState({ data });
        setLoading(false);
      },
      (thrown: unknown) => {
        if (stop.signal.aborted) return;
        setState((before) => ({ ...before, error: asApiError(thrown) }));
        setLoading(false);
      },
    );
    return () => stop.abort();
  }, [url, count, lost]);
  const replace = useCallback((data: T) => setState({ data }), []);
  return { data: state.data, error: state.error, loading, reload, replace };
}

/** A list of which one page is shown. */
export interface Pages<T> {
  readonly items: readonly T[] | undefined;
  readonly error: ApiError | undefined;
  readonly loading: boolean;
  /** From 1. */
  readonly page: number;
  /** The cursor of the page shown; undefined for the first. */
  readonly cursor: string | undefined;
  /** Absent on the last page. */
  readonly next: (() => void) | undefined;
  /** Absent on the first page. */
  readonly previous: (() => void) | undefined;
  readonly reload: () => void;
}

export const PAGE_ITEMS = 50;

/**
 * Reads a list page by page; other filters begin at the first page again.
 * @param isHistory its first page is read again whenever history has something new
 */
export function usePages<T>(path: string, filters: Query = {}, isHistory = false): Pages<T> {
  const list = path + queryText(filters);
  const [at, setAt] = useState<{ list: string; cursors: readonly string[] }>({ list, cursors: [] });
  const cursors = at.list === list ? at.cursors : [];
  const cursor = cursors.at(-1);
  const read = useResource<Page<T>>(path, { ...filters, cursor, limit: PAGE_ITEMS });
  const { data, error, loading, reload } = read;
  const grown = isHistory && cursor === undefined ? written.value : 0;
  const shown = useRef(grown);
  useEffect(() => {
    if (shown.current !== grown) reload();
    shown.current = grown;
  }, [grown, reload]);
  const nextCursor = data?.nextCursor ?? null;
  return {
    items: data?.items,
    error,
    loading,
    page: cursors.length + 1,
    cursor,
    next:
      nextCursor === null ? undefined : () => setAt({ list, cursors: [...cursors, nextCursor] }),
    previous:
      cursors.length === 0 ? undefined : () => setAt({ list, cursors: cursors.slice(0, -1) }),
    reload,
  };
}
