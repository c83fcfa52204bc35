import { useState } from 'preact/hooks';
import { asApiError, type ApiError } from './api.ts';

/** Something that is done on demand, once at a time. */
export interface Submit<A extends unknown[]> {
  readonly busy: boolean;
  /** Why it failed the last time. */
  readonly error: ApiError | undefined;
  readonly run: (...args: A) => void;
}

/** Makes a button's or form's action out of a call of the API. */
export function useSubmit<A extends unknown[]>(action: (...args: A) => Promise<void>): Submit<A> {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | undefined>(undefined);
  const run = (...args: A): void => {
    if (busy) return;
    setBusy(true);
    setError(undefined);
    action(...args)
      .catch((thrown: unknown) => setError(asApiError(thrown)))
      .finally(() => setBusy(false));
  };
  return { busy, error, run };
}
