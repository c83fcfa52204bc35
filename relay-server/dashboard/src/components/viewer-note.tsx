import type { JSX } from 'preact';
import { mayChange } from '../who.ts';
import { Notice } from './notice.tsx';

/** Why a viewer sees no buttons; nothing for admins. */
export function ViewerNote(): JSX.Element | null {
  if (mayChange.value) return null;
  return (
    <Notice mood="info">
      You are signed in as a viewer: you see everything here, and only admins can change it.
    </Notice>
  );
}
