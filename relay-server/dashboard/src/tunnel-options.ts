import { briefs } from './live.ts';

/** Values and words of a choice of tunnels; of all tunnels there are and the one chosen, by name. */
export function tunnelOptions(
  chosen: string,
  none?: string,
): readonly (readonly [value: string, words: string])[] {
  const names = new Set(briefs.value.keys());
  if (chosen !== '') names.add(chosen);
  const all = [...names].toSorted().map((name) => [name, name] as const);
  return none === undefined ? all : [['', none], ...all];
}
