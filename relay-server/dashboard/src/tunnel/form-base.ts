import { useState } from 'preact/hooks';
import type { TunnelView } from '../../../views/tunnels.ts';
import { api, at } from '../api.ts';

interface Answer {
  readonly tunnel: TunnelView;
}

/** The tunnel as a form began with it. */
export interface FormBase {
  readonly tunnel: TunnelView;
  /** Another form has another: what was entered is of no use to it. */
  readonly key: string;
  /** Takes what the relay has made of a change. */
  readonly saved: (answer: Answer) => void;
  /** Begins with the tunnel as it is now. */
  readonly again: () => void;
}

/**
 * Holds on to what a form began with: the page around it reads the tunnel again whenever something happens,
 * and what somebody is entering must not vanish with that.
 * @param onSaved tells the page of a newer state.
 */
export function useFormBase(present: TunnelView, onSaved: (answer: Answer) => void): FormBase {
  const [{ tunnel, count }, setBase] = useState({ tunnel: present, count: 0 });
  const saved = (answer: Answer): void => {
    setBase({ tunnel: answer.tunnel, count: count + 1 });
    onSaved(answer);
  };
  const again = (): void => {
    void api.get<Answer>(at('/tunnels', present.name)).then(saved, () => undefined);
  };
  return { tunnel, key: `${count}`, saved, again };
}
