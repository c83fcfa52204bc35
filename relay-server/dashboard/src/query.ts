import { useLocation } from 'preact-iso';
import { queryText } from './api.ts';

/**
 * Values that a page keeps in its address, so that it can be linked, reloaded and gone back to.
 * `names` are the ones this page knows; each is '' where the address has none.
 */
export function useAddressQuery<N extends string>(
  names: readonly N[],
): [Readonly<Record<N, string>>, (changes: Partial<Record<N, string>>) => void] {
  const { path, query, route } = useLocation();
  const values = Object.fromEntries(names.map((name) => [name, query[name] ?? ''])) as Record<
    N,
    string
  >;
  const change = (changes: Partial<Record<N, string>>): void => {
    route(path + queryText({ ...query, ...(changes as Record<string, string>) }), true);
  };
  return [values, change];
}
