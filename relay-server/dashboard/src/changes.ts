/** What differs between two states of something, as the audit keeps them. Pure. */

export interface FieldChange {
  /** Names from the outside in, joined by points; empty for the whole. */
  readonly field: string;
  /** In JSON, but for texts, which stand as they are; undefined where there was nothing. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** The fields that are not the same before and after, in the order they stand in. */
export function fieldChanges(before: unknown, after: unknown): FieldChange[] {
  const old = fieldsOf(before);
  const present = fieldsOf(after);
  const names = new Set([...old.keys(), ...present.keys()]);
  return [...names]
    .map((field) => ({ field, before: old.get(field), after: present.get(field) }))
    .filter((change) => change.before !== change.after);
}

/** Every value by its path. Lists are one value: where one item was added, the whole list is what changed. */
function fieldsOf(value: unknown): Map<string, string> {
  const fields = new Map<string, string>();
  const walk = (path: string, at: unknown): void => {
    if (at === undefined || (path === '' && at === null)) return;
    if (typeof at === 'object' && at !== null && !Array.isArray(at)) {
      for (const [name, inner] of Object.entries(at)) {
        walk(path === '' ? name : `${path}.${name}`, inner);
      }
      return;
    }
    fields.set(path, typeof at === 'string' ? at : JSON.stringify(at));
  };
  walk('', value);
  return fields;
}
