import { batch, signal } from '@preact/signals';
import type { Static } from 'typebox';
import type { FindingView } from '../../views/findings.ts';
import type { LiveEvents, Tick, TunnelBrief, WatchedSessions } from '../../views/live.ts';
import type { TransferView } from '../../views/sessions.ts';
import { queryText } from './api.ts';
import { recognise } from './sign-in.ts';

/** Which live sessions are to be told of; the filter and the page of `GET /sessions`. */
export interface Watch {
  readonly tunnel?: string | undefined;
  readonly q?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** News since the page was opened, newest first. */
export interface News {
  readonly findings: readonly FindingView[];
  readonly transfers: readonly TransferView[];
}

/** `lost`: the relay does not answer and is tried again. */
export const connection = signal<'off' | 'connecting' | 'live' | 'lost'>('off');
/** The latest second of the relay. */
export const tick = signal<Tick | undefined>(undefined);
/** All tunnels by name, as they stand. */
export const briefs = signal<ReadonlyMap<string, TunnelBrief>>(new Map());
/** The page of live sessions that {@link watchSessions} asked for. */
export const watched = signal<WatchedSessions | undefined>(undefined);
/** Counts up when history has something new. */
export const written = signal(0);
export const news = signal<News>({ findings: [], transfers: [] });
/** Counts up when everything shown has to be read anew. */
export const resyncs = signal(0);
/** Counts up when a tunnel was made, changed or deleted. */
export const tunnelChanges = signal(0);

const NEWS_KEPT = 50;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;

/** What each kind of event carries. */
type Heard = { readonly [K in keyof typeof LiveEvents]: Static<(typeof LiveEvents)[K]> };

interface Pending {
  tick?: Tick;
  briefs: Map<string, TunnelBrief | null>;
  watched?: WatchedSessions;
  findings: FindingView[];
  transfers: TransferView[];
  resync: boolean;
  tunnelsChanged: boolean;
}

const nothing = (): Pending => ({
  briefs: new Map(),
  findings: [],
  transfers: [],
  resync: false,
  tunnelsChanged: false,
});

let source: EventSource | undefined;
let watch: Watch | undefined;
let pending = nothing();
let frame = 0;
let retry: ReturnType<typeof setTimeout> | undefined;
let retryMs = FIRST_RETRY_MS;

/** Begins to listen to the relay. */
export function connect(): void {
  if (connection.value === 'off') open();
}

/** Ends it, and forgets what was heard: the next reader may see less. */
export function disconnect(): void {
  close();
  cancelAnimationFrame(frame);
  frame = 0;
  pending = nothing();
  batch(() => {
    connection.value = 'off';
    tick.value = undefined;
    briefs.value = new Map();
    watched.value = undefined;
    news.value = { findings: [], transfers: [] };
  });
}

/** Asks for a page of live sessions, once a second while it changes; undefined for none. */
export function watchSessions(wanted: Watch | undefined): void {
  if (JSON.stringify(wanted) === JSON.stringify(watch)) return;
  watch = wanted;
  watched.value = undefined;
  if (connection.value !== 'off') open();
}

function open(): void {
  close();
  if (connection.value !== 'lost') connection.value = 'connecting';
  const query = watch === undefined ? {} : { watch: 'sessions', ...watch };
  const opened = new EventSource(`/api/v1/events${queryText(query)}`);
  source = opened;
  opened.addEventListener('open', () => {
    if (connection.value === 'lost') later((p) => (p.resync = true));
    connection.value = 'live';
    retryMs = FIRST_RETRY_MS;
  });
  opened.addEventListener('error', () => {
    connection.value = 'lost';
    // The browser tries again by itself unless it was refused.
    if (opened.readyState === EventSource.CLOSED) retryLater();
  });
  listen(opened);
}

function close(): void {
  clearTimeout(retry);
  source?.close();
  source = undefined;
}

/** A refusal is mostly an expired login, which finding out who is signed in renews. */
function retryLater(): void {
  close();
  retry = setTimeout(
    () => {
      recognise().then(
        () => connection.value === 'lost' && open(),
        () => retryLater(),
      );
    },
    retryMs * (0.5 + Math.random()),
  );
  retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
}

function listen(to: EventSource): void {
  const on = <K extends keyof Heard>(
    kind: K,
    take: (pending: Pending, data: Heard[K]) => void,
  ): void => {
    to.addEventListener(kind, (event: MessageEvent<string>) => {
      const data = JSON.parse(event.data) as Heard[K];
      later((p) => take(p, data));
    });
  };
  on('tick', (p, data) => {
    p.tick = data;
    for (const brief of data.tunnels) p.briefs.set(brief.name, brief);
  });
  on('sessions', (p, data) => (p.watched = data));
  on('tunnel', (p, { name, brief }) => {
    p.briefs.set(name, brief);
    p.tunnelsChanged = true;
  });
  on('finding', (p, data) => keep(p.findings, data));
  on('transfer', (p, data) => keep(p.transfers, data));
  on('resync', (p) => (p.resync = true));
}

function keep<T>(list: T[], item: T): void {
  list.unshift(item);
  if (list.length > NEWS_KEPT) list.pop();
}

/** However many events come, the page changes once a frame, and not at all while nobody sees it. */
function later(change: (pending: Pending) => void): void {
  change(pending);
  if (frame === 0) frame = requestAnimationFrame(flush);
}

function flush(): void {
  frame = 0;
  const now = pending;
  pending = nothing();
  batch(() => {
    if (now.tick !== undefined) {
      tick.value = now.tick;
      written.value = now.tick.written;
    }
    if (now.briefs.size > 0) briefs.value = merged(briefs.value, now.briefs);
    if (now.watched !== undefined) watched.value = now.watched;
    if (now.findings.length + now.transfers.length > 0) {
      const { findings, transfers } = news.value;
      news.value = {
        findings: [...now.findings, ...findings].slice(0, NEWS_KEPT),
        transfers: [...now.transfers, ...transfers].slice(0, NEWS_KEPT),
      };
    }
    if (now.resync) resyncs.value += 1;
    if (now.tunnelsChanged) tunnelChanges.value += 1;
  });
}

function merged(
  before: ReadonlyMap<string, TunnelBrief>,
  changes: ReadonlyMap<string, TunnelBrief | null>,
): ReadonlyMap<string, TunnelBrief> {
  const after = new Map(before);
  for (const [name, brief] of changes) {
    if (brief === null) after.delete(name);
    else after.set(name, brief);
  }
  return after;
}
