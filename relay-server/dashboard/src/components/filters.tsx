import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
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

/** What a field holds that may not be in the address yet. */
interface Typed {
  readonly text: string;
  readonly sent: boolean;
}

/** Nobody types faster than this for long; each pause costs a request. */
const PAUSE_MS = 250;

/** Inputs that narrow a list down as they are filled in. */
export function Filters({ filters, values, onChange }: FiltersProps): JSX.Element {
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [typed, setTyped] = useState<Readonly<Record<string, Typed>>>({});
  useEffect(() => () => clearTimeout(pause.current), []);
  const later = (name: string, text: string): void => {
    clearTimeout(pause.current);
    const all = { ...typed, [name]: { text, sent: false } };
    setTyped(all);
    pause.current = setTimeout(() => {
      setTyped(mapped(all, ({ text: one }) => ({ text: one, sent: true })));
      onChange(mapped(all, ({ text: one }) => one.trim()));
    }, PAUSE_MS);
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
            value={shown(typed[name], values[name])}
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

/** The page may be drawn anew between a key and the pause, and a space at the end may be followed by a word. */
function shown(typed: Typed | undefined, value = ''): string {
  if (typed === undefined) return value;
  return !typed.sent || typed.text.trim() === value ? typed.text : value;
}

function mapped<A, B>(of: Readonly<Record<string, A>>, map: (one: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(of).map(([name, one]) => [name, map(one)]));
}
