import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { CatalogueEntry } from '../../../views/findings.ts';
import type { SessionStory } from '../../../views/sessions.ts';
import { at } from '../api.ts';
import { ErrorNotice } from '../components/notice.tsx';
import { Section } from '../components/page.tsx';
import { counted } from '../format.ts';
import { useResource } from '../resource.ts';
import { FindingCard } from './finding-card.tsx';
import { NoCause } from './no-cause.tsx';
import { Timeline } from './timeline.tsx';
import { VisitHead } from './visit-head.tsx';

/** A live session's story goes on. */
const LOOK_MS = 2000;

interface StoryProps {
  readonly id: string;
  readonly catalogue: readonly CatalogueEntry[] | undefined;
}

/** What happened in one visit and what follows from it. */
export function Story({ id, catalogue }: StoryProps): JSX.Element {
  const { data, error, reload } = useResource<SessionStory>(at('/sessions', id));
  const isLive = data !== undefined && data.live !== null;
  useEffect(() => {
    if (!isLive) return undefined;
    const timer = setInterval(() => document.hidden || reload(), LOOK_MS);
    return () => clearInterval(timer);
  }, [isLive, reload]);
  const visit = data?.live ?? data?.past ?? undefined;
  if (data === undefined || visit === undefined) return <NoStory error={error} />;
  const { tunnel, client } = visit;
  return (
    <>
      <VisitHead story={data} />
      {data.findings.length === 0 && <NoCause story={data} />}
      {worstFirst(data.findings).map((finding) => (
        <FindingCard
          key={`${finding.code} ${finding.at}`}
          finding={finding}
          entry={catalogue?.find(({ code }) => code === finding.code)}
          tunnel={tunnel}
          client={client}
        />
      ))}
      <Section title="What happened on both sides">
        {data.omitted > 0 && (
          <p>
            <small>
              {counted(data.omitted, 'step')} in the middle of this long visit were not kept.
            </small>
          </p>
        )}
        <Timeline entries={data.timeline} />
      </Section>
    </>
  );
}

function NoStory({ error }: { error: Parameters<typeof ErrorNotice>[0]['error'] }): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [error]);
  if (error === undefined) return <p aria-busy="true">Reading…</p>;
  return (
    <section class="card">
      <h2 ref={heading} tabIndex={-1}>
        The story cannot be told
      </h2>
      <ErrorNotice error={error} />
    </section>
  );
}

const WEIGHT = { error: 0, warning: 1, info: 2 } as const;

function worstFirst<T extends { readonly severity: keyof typeof WEIGHT }>(
  findings: readonly T[],
): T[] {
  return findings.toSorted((a, b) => WEIGHT[a.severity] - WEIGHT[b.severity]);
}
