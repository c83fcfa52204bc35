import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { Icon } from './icon.tsx';

interface Toast {
  readonly id: number;
  readonly text: string;
}

const SHOWN_MS = 6_000;
const toasts = signal<readonly Toast[]>([]);
let nextId = 1;

/** Says that something was done; shown for a while and read out. Failures belong where they happened. */
export function say(text: string): void {
  const toast = { id: nextId++, text };
  toasts.value = [...toasts.value, toast].slice(-3);
  setTimeout(() => {
    toasts.value = toasts.value.filter(({ id }) => id !== toast.id);
  }, SHOWN_MS);
}

/** Where it is said; once in the document. */
export function Toasts(): JSX.Element {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text }) => (
        <p key={id} class="toast">
          <Icon name="ok" />
          {text}
        </p>
      ))}
    </div>
  );
}
