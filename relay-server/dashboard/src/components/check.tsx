import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

interface CheckProps {
  readonly label: string;
  readonly name: string;
  /** As it is at first. */
  readonly checked?: boolean;
  readonly hint?: ComponentChildren;
  readonly disabled?: boolean;
}

/** Yes or no, in a form: entered as `on` or as nothing. */
export function Check({ label, name, checked, hint, disabled }: CheckProps): JSX.Element {
  const id = useId();
  return (
    <div class="field check">
      <label for={id}>
        <input
          id={id}
          type="checkbox"
          name={name}
          defaultChecked={checked === true}
          disabled={disabled === true}
          {...(hint !== undefined && { 'aria-describedby': `${id}-hint` })}
        />
        {label}
      </label>
      {hint !== undefined && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}
