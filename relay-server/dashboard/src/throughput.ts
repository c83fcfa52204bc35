import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Sample } from '../../views/live.ts';
import { tick } from './live.ts';
import { useResource } from './resource.ts';

/** What the chart shows: the last quarter of an hour. */
const SPAN_MS = 15 * 60_000;
const STEP_SECONDS = 5;

/** The relay's last quarter of an hour: what it remembers, and then each second as it comes. Oldest first. */
export function useThroughput(): readonly Sample[] {
  const since = useMemo(() => Date.now() - SPAN_MS, []);
  const { data } = useResource<{ items: Sample[] }>('/metrics/series', {
    since,
    step: STEP_SECONDS,
  });
  const [fresh, setFresh] = useState<readonly Sample[]>([]);
  const latest = tick.value?.sample;
  useEffect(() => {
    if (latest === undefined) return;
    setFresh((before) => [...before, latest].filter(({ at }) => at > latest.at - SPAN_MS));
  }, [latest]);
  return useMemo(() => {
    const from = (fresh.at(-1)?.at ?? Date.now()) - SPAN_MS;
    const first = fresh[0]?.at ?? Number.POSITIVE_INFINITY;
    const remembered = (data?.items ?? []).filter(({ at }) => at >= from && at < first);
    return [...remembered, ...fresh];
  }, [data, fresh]);
}
