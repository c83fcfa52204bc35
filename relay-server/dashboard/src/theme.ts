import { effect, signal } from '@preact/signals';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'gangway-theme';

/** What the reader chose; `auto` follows his system. */
export const theme = signal<Theme>(remembered());

const system = matchMedia('(prefers-color-scheme: dark)');
/** Whether the page is dark at the moment; for what is painted and not styled. */
export const isDark = signal(system.matches);

/** Applies the choice to the document from now on, and remembers it. */
export function applyTheme(): void {
  const look = (): void => {
    isDark.value = theme.value === 'auto' ? system.matches : theme.value === 'dark';
  };
  system.addEventListener('change', look);
  effect(() => {
    const root = document.documentElement;
    if (theme.value === 'auto') root.removeAttribute('data-theme');
    else root.dataset['theme'] = theme.value;
    look();
    remember(theme.value);
  });
}

function remembered(): Theme {
  try {
    return THEMES.find((one) => one === localStorage.getItem(KEY)) ?? 'auto';
  } catch {
    return 'auto';
  }
}

/** Browsers may forbid pages to store anything. */
function remember(chosen: Theme): void {
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // It holds as long as the page is open.
  }
}
