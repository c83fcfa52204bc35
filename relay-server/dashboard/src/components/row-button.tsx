import type { JSX } from 'preact';

interface RowButtonProps {
  /** Word on the button. */
  readonly verb: string;
  /** What it is done to; every row has such a button, and screen readers list them without their rows. */
  readonly what: string;
  readonly onClick: () => void;
  /** It takes something away. */
  readonly danger?: boolean;
  readonly disabled?: boolean;
}

/** A small button in a row of a list. */
export function RowButton({ verb, what, danger, ...rest }: RowButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class={danger === true ? 'danger small' : 'quiet small'}
      aria-label={`${verb}: ${what}`}
      {...rest}
    >
      {verb}
    </button>
  );
}
