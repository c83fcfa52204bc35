import { useEffect, useRef } from 'preact/hooks';
import { now } from './clock.ts';

/** Reads something again each time the page's clock moves on: every few seconds, while somebody looks. */
export function useFresh(reload: () => void): void {
  const at = now.value;
  const seen = useRef(at);
  useEffect(() => {
    if (seen.current !== at) reload();
    seen.current = at;
  }, [at, reload]);
}
