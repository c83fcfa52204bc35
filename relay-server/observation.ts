import { randomBytes } from 'node:crypto';
import { diagnose } from '../shared/diagnosis/diagnose.ts';
import { recogniseProgram } from '../shared/diagnosis/client-program.ts';
import { LIVE_LIMITS } from './watch-limits.ts';
import { Journal, type JournalReader } from './journal/journal.ts';
import { ofLiveVisit } from './journal/visit-finding.ts';
import { findingView } from './live/finding-view.ts';
import { News } from './live/news.ts';
import { Series } from './live/series.ts';
import { Ticker } from './live/ticker.ts';
import type { TunnelBrief } from './views/live.ts';

export interface ObservationOptions {
  /** First and last passive port. */
  readonly passivePorts: readonly [number, number];
  /** Whoever else wants to know: history, metrics. */
  readonly readers: readonly JournalReader[];
  /** All tunnels as they stand. */
  readonly briefs: () => TunnelBrief[];
  /** How much history has, counted since the start. */
  readonly written: () => number;
}

/** What is known of a running relay by watching it. */
export interface Observation {
  readonly journal: Journal;
  readonly news: News;
  readonly series: Series;
  readonly ticker: Ticker;
  stop(): void;
}

/** Builds what watches the relay, and lets it tick. */
export function observe({ passivePorts, readers, ...asked }: ObservationOptions): Observation {
  const news = new News(randomBytes(4).toString('hex'));
  const series = new Series();
  const page: JournalReader = {
    transferEnded: (transfer) => news.tell('transfer', transfer),
    found: (visit, finding) => news.tell('finding', findingView(ofLiveVisit(visit, finding))),
  };
  const journal = new Journal({
    diagnosis: { diagnose, recognise: recogniseProgram },
    passivePorts,
    readers: [page, ...readers],
    now: Date.now,
  });
  const ticker = new Ticker({ sessions: journal.live, series, ...asked, now: Date.now });
  const timer = setInterval(() => ticker.tick(), LIVE_LIMITS.tick);
  return { journal, news, series, ticker, stop: () => clearInterval(timer) };
}
