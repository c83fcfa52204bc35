import { useCallback, useEffect, useState } from 'preact/hooks';
import type { BanView } from '../../views/access.ts';
import { asApiError, type ApiError } from './api.ts';
import { bansOf } from './bans.ts';

/** The bans of one address; nothing is asked for ''. */
export function useBansOf(address: string): {
  /** Undefined until they are known. */
  readonly bans: readonly BanView[] | undefined;
  readonly error: ApiError | undefined;
  readonly reload: () => void;
} {
  const [state, setState] = useState<{ bans?: BanView[]; error?: ApiError }>({});
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (address === '') return undefined;
    const stop = new AbortController();
    bansOf(address, stop.signal).then(
      (bans) => setState({ bans }),
      (thrown: unknown) => stop.signal.aborted || setState({ error: asApiError(thrown) }),
    );
    return () => stop.abort();
  }, [address, count]);
  const reload = useCallback(() => setCount((n) => n + 1), []);
  return { bans: state.bans, error: state.error, reload };
}
