import type { ComponentChildren, JSX } from 'preact';
import { Icon, type IconName } from './icon.tsx';

/** How something is; each has an icon and a colour, and needs words beside them. */
export type Mood = 'good' | 'bad' | 'warning' | 'info' | 'quiet' | 'waiting';

const ICONS: Readonly<Record<Mood, IconName>> = {
  good: 'ok',
  bad: 'failed',
  warning: 'warning',
  info: 'info',
  quiet: 'skipped',
  waiting: 'waiting',
};

/** A state in a word or two. */
export function Badge({
  mood,
  children,
}: {
  mood: Mood;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <span class={`badge ${mood}`}>
      <Icon name={ICONS[mood]} />
      {children}
    </span>
  );
}
