import type { JSX } from 'preact';
import { fieldChanges } from '../changes.ts';
import '../style/changes.css';

/** What was changed, field by field: the old value struck out, the new one after it. */
export function Changes({ before, after }: { before: unknown; after: unknown }): JSX.Element {
  const changes = fieldChanges(before, after);
  if (changes.length === 0) return <small>nothing that is kept</small>;
  return (
    <ul class="changes">
      {changes.map((change) => (
        <li key={change.field}>
          {change.field !== '' && <span class="field-name">{change.field}</span>}
          {change.before !== undefined && (
            <del>
              <span class="off-screen">before: </span>
              {shown(change.before)}
            </del>
          )}
          {change.after !== undefined && (
            <ins>
              <span class="off-screen">after: </span>
              {shown(change.after)}
            </ins>
          )}
        </li>
      ))}
    </ul>
  );
}

function shown(value: string): string {
  return value === '' ? '(empty)' : value;
}
