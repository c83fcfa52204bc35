import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Choice, Field } from './form.tsx';

export interface Filter {
  readonly name: string;
  readonly label: string;
  readonly placeholder?: string;
  /** A choice rather than a text; the empty value stands for all. */
  readonly options?: readonly (readonly [value: string, words: string])[];
  readonly type?: 'text' | 'date';
}

interface FiltersProps {
  readonly filters: readonly Filter[];
  readonly values: Readonly<Record<string, string>>;
  readonly onChange: (changes: Record<string, string>) => void;
}

/** Nobody types faster than this for long; each pause costs a request. */
const PAUSE_MS = 250;

/** Inputs that narrow a list down as they are filled in. */
export function Filters({ filters, values, onChange }: FiltersProps): JSX.Element {
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(pause.current), []);
  const later = (name: string, value: string): void => {
    clearTimeout(pause.current);
    pause.current = setTimeout(() => onChange({ [name]: value.trim() }), PAUSE_MS);
  };
  return (
    <search class="filters">
      {filters.map(({ name, label, options, placeholder = '', type = 'text' }) =>
        options === undefined ? (
          <Field
            key={name}
            name={name}
            label={label}
            type={type}
            placeholder={placeholder}
            value={values[name] ?? ''}
            autoComplete="off"
            onInput={(event) => later(name, event.currentTarget.value)}
          />
        ) : (
          <Choice
            key={name}
            name={name}
            label={label}
            options={options}
            value={values[name] ?? ''}
            onInput={(event) => onChange({ [name]: event.currentTarget.value })}
          />
        ),
      )}
    </search>
  );
}
