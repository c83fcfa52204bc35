import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { ApiError } from '../api.ts';
import { Icon } from './icon.tsx';

/** A refusal or a failure with its remedy, brought into sight and read out at once. Nothing where there is none. */
export function ErrorNotice({ error }: { error: ApiError | undefined }): JSX.Element | null {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.scrollIntoView({ block: 'nearest' }), [error]);
  if (error === undefined) return null;
  return (
    <div ref={box} class="notice bad" role="alert">
      <Icon name="failed" />
      <div>
        <strong>{sentence(error.message)}</strong>
        {error.remedy !== undefined && <p>{error.remedy}</p>}
      </div>
    </div>
  );
}

/** Something worth knowing that is no failure. */
export function Notice({
  mood,
  children,
}: {
  mood: 'good' | 'warning' | 'info';
  children: ComponentChildren;
}): JSX.Element {
  return (
    <div class={`notice ${mood}`}>
      <Icon name={mood === 'good' ? 'ok' : mood} />
      <div>{children}</div>
    </div>
  );
}

/** Messages of the relay begin small, for they stand after a colon on the command line. */
function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
