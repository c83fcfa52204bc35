import { useEffect, useRef } from 'preact/hooks';
import { tunnelChanges } from './live.ts';

/** Reads something again when a tunnel was made, changed or deleted; an agent that comes or goes changes its own. */
export function useTunnelChanges(reload: () => void): void {
  const changes = tunnelChanges.value;
  const seen = useRef(changes);
  useEffect(() => {
    if (seen.current !== changes) reload();
    seen.current = changes;
  }, [changes, reload]);
}
