import { JOURNAL_LIMITS } from '../watch-limits.ts';
import type { RunningTransfer, SessionView } from '../views/sessions.ts';
import type { Visit } from './visit.ts';
import { ofLiveVisit, type VisitFinding } from './visit-finding.ts';

/** Which live sessions are asked for. */
export interface SessionFilter {
  /** Name of the tunnel. */
  readonly tunnel?: string | undefined;
  /** Part of the address, user, program, command or file, in any case. */
  readonly q?: string | undefined;
}

/** How much of the list. */
export interface SessionRange {
  /** From the answer before. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Totals over all live sessions at one moment. Rates are bytes per second. */
export interface Totals {
  readonly sessions: number;
  readonly transfers: number;
  readonly rateDown: number;
  readonly rateUp: number;
}

/** Transfers under way in each direction. */
type RunningByDirection = Record<'download' | 'upload', { count: number; bytes: number }>;

/** How much of the last second's speed a rate takes on: it settles within a few seconds and does not jump. */
const FRESHNESS = 0.4;

/** The sessions there are now, newest first, and how fast each transfers. */
export class LiveSessions {
  readonly #visits = new Map<string, Visit>();
  /** What each running transfer had delivered at the last measurement. */
  readonly #measured = new Map<Visit, number>();
  #measuredAt = 0;
  /** Bytes of transfers that ended since. */
  #ended = { down: 0, up: 0 };

  add(visit: Visit): void {
    this.#visits.set(visit.facts.id, visit);
  }

  remove(visit: Visit): void {
    this.#visits.delete(visit.facts.id);
    this.#measured.delete(visit);
  }

  get(id: string): Visit | undefined {
    return this.#visits.get(id);
  }

  get size(): number {
    return this.#visits.size;
  }

  /** What was found so far in visits that go on. */
  get findings(): VisitFinding[] {
    return [...this.#visits.values()].flatMap((visit) =>
      [...visit.findings.values()].map((finding) => ofLiveVisit(visit, finding)),
    );
  }

  /** Live sessions of each tunnel, and how many of them transfer. */
  byTunnel(): Map<string, { sessions: number; transfers: number }> {
    const counts = new Map<string, { sessions: number; transfers: number }>();
    for (const { facts, summary } of this.#visits.values()) {
      const count = counts.get(facts.tunnel) ?? { sessions: 0, transfers: 0 };
      count.sessions += 1;
      if (summary.transfer !== undefined) count.transfers += 1;
      counts.set(facts.tunnel, count);
    }
    return counts;
  }

  /** Running transfers of each tunnel that has any: how many each way, and payload bytes of them so far. */
  running(): Map<string, RunningByDirection> {
    const running = new Map<string, RunningByDirection>();
    for (const { facts, summary, source } of this.#visits.values()) {
      if (summary.transfer === undefined) continue;
      const own = running.get(facts.tunnel) ?? {
        download: { count: 0, bytes: 0 },
        upload: { count: 0, bytes: 0 },
      };
      const way = own[summary.transfer.direction];
      way.count += 1;
      way.bytes += source?.transferredBytes ?? 0;
      running.set(facts.tunnel, own);
    }
    return running;
  }

  /** A page of those that match, newest first. */
  page(
    filter: SessionFilter,
    { cursor, limit }: SessionRange,
  ): { total: number; items: SessionView[]; nextCursor: string | null } {
    const before = cursor === undefined ? Infinity : Number(cursor);
    const matching = this.#matching(filter);
    const rest = matching.filter(({ sequence }) => sequence < before);
    const items = rest.slice(0, limit);
    const last = items.at(-1);
    return {
      total: matching.length,
      items: items.map(sessionView),
      nextCursor: rest.length > items.length && last !== undefined ? String(last.sequence) : null,
    };
  }

  /** The transfers that are fastest now. */
  fastest(limit: number): SessionView[] {
    return [...this.#measured.keys()]
      .toSorted((a, b) => b.rate - a.rate)
      .slice(0, limit)
      .map(sessionView);
  }

  /** Notes what a transfer delivered that is over. */
  transferEnded(visit: Visit, direction: 'download' | 'upload', bytes: number): void {
    const before = this.#measured.get(visit) ?? 0;
    const rest = Math.max(0, bytes - before);
    this.#ended[direction === 'download' ? 'down' : 'up'] += rest;
    this.#measured.delete(visit);
    visit.rate = 0;
  }

  /** Measures rates. Called once a second. @param now milliseconds, never going back */
  measure(now: number): Totals {
    const seconds = Math.max(now - this.#measuredAt, 1) / 1000;
    const isFirst = this.#measuredAt === 0;
    this.#measuredAt = now;
    const moved = this.#ended;
    this.#ended = { down: 0, up: 0 };
    for (const visit of this.#visits.values()) {
      const { transfer } = visit.summary;
      if (transfer === undefined) continue;
      const bytes = visit.source?.transferredBytes ?? 0;
      const before = this.#measured.get(visit) ?? 0;
      this.#measured.set(visit, bytes);
      const delta = Math.max(0, bytes - before);
      moved[transfer.direction === 'download' ? 'down' : 'up'] += delta;
      visit.rate += FRESHNESS * (delta / seconds - visit.rate);
    }
    const rateDown = isFirst ? 0 : moved.down / seconds;
    const rateUp = isFirst ? 0 : moved.up / seconds;
    return { sessions: this.#visits.size, transfers: this.#measured.size, rateDown, rateUp };
  }

  #matching({ tunnel, q }: SessionFilter): Visit[] {
    const wanted = q?.toLowerCase();
    const newestFirst = [...this.#visits.values()].toReversed();
    return newestFirst.filter(
      (visit) =>
        (tunnel === undefined || visit.facts.tunnel === tunnel) &&
        (wanted === undefined || wanted === '' || textOf(visit).includes(wanted)),
    );
  }
}

function textOf({ facts, summary, recognised }: Visit): string {
  const { user, command, transfer } = summary;
  const texts = [facts.id, facts.client.host, user, recognised.name, command, transfer?.name];
  return texts.join('\n').toLowerCase();
}

/** A live session as it is shown. */
export function sessionView(visit: Visit): SessionView {
  const { facts, summary, recognised, openedAt, bytes } = visit;
  return {
    id: facts.id,
    tunnel: facts.tunnel,
    client: facts.client.host,
    clientPort: facts.client.port,
    user: summary.user,
    loggedIn: summary.loggedIn,
    program: recognised.program,
    programName: recognised.name,
    tls: summary.tls,
    mode: summary.mode,
    openedAt,
    command: summary.command,
    transfer: runningTransfer(visit),
    bytesDown: bytes.down,
    bytesUp: bytes.up,
  };
}

function runningTransfer({ summary, source, rate }: Visit): RunningTransfer | null {
  const { transfer } = summary;
  if (transfer === undefined) return null;
  const { verb, direction, startedAt, size } = transfer;
  const name = transfer.name.slice(0, JOURNAL_LIMITS.text);
  const bytes = source?.transferredBytes ?? 0;
  return { verb, name, direction, startedAt, bytes, size: size ?? null, rate: Math.round(rate) };
}
