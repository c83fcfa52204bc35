import type {
  ComponentChildren,
  InputEventHandler,
  InputHTMLAttributes,
  JSX,
  TargetedSubmitEvent,
} from 'preact';
import { useId } from 'preact/hooks';
import { useSubmit } from '../submit.ts';
import { ErrorNotice } from './notice.tsx';

/** What was entered, by the fields' names; spaces at the ends are no part of it. */
export type Entered = (name: string) => string;

interface FormProps {
  /** Word on the button. */
  readonly submit: string;
  readonly action: (entered: Entered) => Promise<void>;
  readonly children: ComponentChildren;
  /** A way out beside the button. */
  readonly cancel?: (() => void) | undefined;
  /** The button stays in sight, for long forms. */
  readonly sticky?: boolean;
}

/** A form that is sent by a call of the API and shows in words why that was refused. */
export function Form({ submit, action, children, cancel, sticky }: FormProps): JSX.Element {
  const { busy, error, run } = useSubmit(action);
  const send = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    run((name) => {
      const value = data.get(name);
      return typeof value === 'string' ? value.trim() : '';
    });
  };
  return (
    <form onSubmit={send}>
      {children}
      <ErrorNotice error={error} />
      <div class={sticky === true ? 'buttons sticky' : 'buttons'}>
        {cancel !== undefined && (
          <button type="button" class="quiet" onClick={cancel}>
            Cancel
          </button>
        )}
        <button type="submit" aria-busy={busy} disabled={busy}>
          {submit}
        </button>
      </div>
    </form>
  );
}

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly hint?: ComponentChildren;
  /** `text` by default. */
  readonly type?: string;
  readonly value?: string | number;
  /** What it holds at first; unlike `value` it never takes back what was typed since. */
  readonly initial?: string | number;
  readonly required?: boolean;
  readonly disabled?: boolean;
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly placeholder?: string;
  readonly autoComplete?: string;
  readonly autoCapitalize?: string;
  readonly onInput?: InputEventHandler<HTMLInputElement>;
}

/** A labelled input with a hint below it. */
export function Field({ label, hint, initial, ...input }: FieldProps): JSX.Element {
  const id = useId();
  const attributes = {
    ...input,
    ...(initial !== undefined && { defaultValue: initial }),
  } as InputHTMLAttributes;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        {...(hint !== undefined && { 'aria-describedby': `${id}-hint` })}
        {...attributes}
      />
      {hint !== undefined && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly name: string;
  /** Value and words of each. */
  readonly options: readonly (readonly [value: string, words: string])[];
  readonly value?: string;
  readonly hint?: ComponentChildren;
  readonly disabled?: boolean;
  readonly onInput?: InputEventHandler<HTMLSelectElement>;
}

/** One of several. */
export function Choice({ label, name, options, value, hint, ...rest }: ChoiceProps): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        name={name}
        {...(hint !== undefined && { 'aria-describedby': `${id}-hint` })}
        {...rest}
      >
        {options.map(([key, words]) => (
          <option key={key} value={key} selected={key === value}>
            {words}
          </option>
        ))}
      </select>
      {hint !== undefined && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}
