import { signal } from '@preact/signals';

const EVERY_MS = 5_000;

/** The present, milliseconds since 1970, fresh enough for "3 min ago". */
export const now = signal(Date.now());

/** Lets {@link now} go on. */
export function startClock(): void {
  setInterval(() => {
    if (!document.hidden) now.value = Date.now();
  }, EVERY_MS);
  document.addEventListener('visibilitychange', () => (now.value = Date.now()));
}
