import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

interface LinesProps {
  readonly label: string;
  readonly name: string;
  /** What stands in it at first. */
  readonly initial: readonly string[];
  readonly hint: ComponentChildren;
}

/** A list in a form, one item a line; `linesOf` reads what was entered. */
export function Lines({ label, name, initial, hint }: LinesProps): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        name={name}
        rows={Math.min(Math.max(initial.length + 1, 2), 8)}
        spellcheck={false}
        autocapitalize="none"
        aria-describedby={`${id}-hint`}
        defaultValue={initial.join('\n')}
      />
      <small id={`${id}-hint`}>{hint}</small>
    </div>
  );
}
