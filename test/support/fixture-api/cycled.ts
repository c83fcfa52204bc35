/** The item that is `index` steps on, beginning again after the last. @throws RangeError for no items. */
export function cycled<T>(items: readonly T[], index: number): T {
  if (items.length === 0) throw new RangeError('there are no items');
  return items[index % items.length] as T;
}
