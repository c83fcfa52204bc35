import { randomUUID } from 'node:crypto';
import type { Finding } from '../../shared/diagnosis/finding.ts';
import type {
  DiagnosisContext,
  RecordedEvent,
  SessionRecord,
} from '../../shared/diagnosis/record.ts';
import { JOURNAL_LIMITS } from '../watch-limits.ts';
import { holderOf } from '../../shared/net/networks.ts';
import { FixedWindow } from '../http/fixed-window.ts';
import type { PastVisit } from '../store/history.ts';
import type { PastSession, TransferView } from '../views/sessions.ts';
import { LiveSessions } from './live-sessions.ts';
import { Neighbours } from './neighbours.ts';
import {
  Visit,
  type Recognised,
  type TunnelContext,
  type VisitFacts,
  type VisitSource,
} from './visit.ts';
import type { EndedTransfer } from './visit-summary.ts';

/** The pure part of diagnosis, as the journal uses it. */
export interface Diagnosis {
  diagnose(record: SessionRecord, context: DiagnosisContext): Finding[];
  recognise(record: SessionRecord): Recognised;
}

/** Whoever wants to know what happens in visits. Called while it happens: it takes no time. */
export interface JournalReader {
  event?(visit: Visit, event: RecordedEvent, at: number): void;
  transferEnded?(transfer: TransferView): void;
  /** A cause is known, perhaps before the visit is over; once for each code of a visit. */
  found?(visit: Visit, finding: Finding): void;
  closed?(closed: PastVisit): void;
}

export interface JournalOptions {
  readonly diagnosis: Diagnosis;
  /** First and last passive port. */
  readonly passivePorts: readonly [number, number];
  readonly readers: readonly JournalReader[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A visit as the gateway sees it. */
export interface OpenVisit {
  readonly id: string;
  event(event: RecordedEvent): void;
  /** There is a session now. */
  begins(source: VisitSource): void;
  /** Nothing of it is left. Idempotent. */
  over(): void;
}

/** Events after which a diagnosis may have something new to say. */
const TELLING: ReadonlySet<RecordedEvent['type']> = new Set([
  'transfer-ended',
  'refused',
  'login-failed',
  'setup-failed',
  'stranger',
  'unclosed',
  'other-protocol',
  'line-back',
]);

/** Events after which more is known of the program. */
const REVEALING: ReadonlySet<RecordedEvent['type']> = new Set(['logged-in', 'transfer-started']);

/**
 * What happens to FTP clients, while it happens: keeps the live sessions, has each visit diagnosed, and tells
 * readers (history, metrics, dashboard) of it. The gateway reports here and nowhere else.
 */
export class Journal {
  readonly live = new LiveSessions();
  readonly #options: JournalOptions;
  readonly #neighbours = new Neighbours();
  readonly #turnedAway: FixedWindow;
  #sequence = 0;
  /** Ends what is open. */
  readonly #open = new Set<() => void>();

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#turnedAway = new FixedWindow({
      limit: JOURNAL_LIMITS.turnedAway,
      window: JOURNAL_LIMITS.turnedAwayTime,
      keys: JOURNAL_LIMITS.neighbours,
      now: options.now,
    });
  }

  /** A client has come. @param context asked when a diagnosis is made */
  open(facts: VisitFacts, context: () => TunnelContext): OpenVisit {
    this.#sequence += 1;
    const visit = new Visit(facts, this.#options.now(), this.#sequence);
    const over = (): void => {
      if (!this.#open.delete(over)) return;
      this.live.remove(visit);
      this.#close(visit, context);
    };
    this.#open.add(over);
    return {
      id: facts.id,
      event: (event) => this.#take(visit, event, context),
      begins: (source) => {
        visit.source = source;
        this.live.add(visit);
      },
      over,
    };
  }

  /** Takes every visit for over: the relay ends. */
  end(): void {
    for (const over of this.#open) over();
  }

  #take(visit: Visit, event: RecordedEvent, context: () => TunnelContext): void {
    const at = this.#options.now();
    const address = visit.facts.client.host;
    const ended = visit.take(event, at);
    this.#neighbours.take(address, event, at);
    for (const reader of this.#options.readers) reader.event?.(visit, event, at);
    if (ended !== undefined) this.#transferEnded(visit, ended);
    const isName = event.type === 'command' && event.verb === 'CLNT';
    if (isName || REVEALING.has(event.type)) this.#recognise(visit);
    if (TELLING.has(event.type)) this.#diagnose(visit, context());
  }

  #transferEnded(visit: Visit, ended: EndedTransfer): void {
    this.live.transferEnded(visit, ended.direction, ended.bytes);
    const view = transferView(visit, ended);
    for (const reader of this.#options.readers) reader.transferEnded?.(view);
  }

  #recognise(visit: Visit): void {
    // Habits show early; a session of days is not read again at each file.
    if (visit.summary.transfers > 1) return;
    visit.recognised = this.#options.diagnosis.recognise(visit.record);
  }

  #diagnose(visit: Visit, context: TunnelContext): void {
    const { diagnosis, passivePorts, readers, now } = this.#options;
    const around = this.#neighbours.around(visit.facts.client.host, now());
    const findings = diagnosis.diagnose(visit.record, { ...context, ...around, passivePorts });
    for (const finding of findings) {
      const isNew = !visit.findings.has(finding.code);
      visit.findings.set(finding.code, finding);
      if (!isNew) continue;
      this.#neighbours.found(visit.facts.client.host, finding, now());
      for (const reader of readers) reader.found?.(visit, finding);
    }
  }

  #close(visit: Visit, context: () => TunnelContext): void {
    if (visit.summary.outcome === 'turned-away' && this.#isFlood(visit)) return;
    if (visit.summary.transfers === 0) this.#recognise(visit);
    this.#diagnose(visit, context());
    const closed: PastVisit = {
      past: pastSession(visit, this.#options.now()),
      record: visit.record,
      findings: [...visit.findings.values()],
    };
    for (const reader of this.#options.readers) reader.closed?.(closed);
  }

  /** Somebody who comes again and again though he is turned away fills no history. */
  #isFlood({ facts }: Visit): boolean {
    const holder = holderOf(facts.client.host);
    if (this.#turnedAway.wait(holder) > 0) return true;
    this.#turnedAway.add(holder);
    return false;
  }
}

function transferView({ facts, summary }: Visit, ended: EndedTransfer): TransferView {
  const { verb, name, direction, bytes, size, startedAt, ms, code, broken } = ended;
  return {
    id: randomUUID(),
    session: facts.id,
    tunnel: facts.tunnel,
    client: facts.client.host,
    user: summary.user,
    verb,
    name: name.slice(0, JOURNAL_LIMITS.text),
    direction,
    bytes,
    size: size ?? null,
    startedAt,
    ms,
    code,
    ok: code < 400,
    broken: broken ?? null,
  };
}

function pastSession(visit: Visit, closedAt: number): PastSession {
  const { facts, summary, recognised, openedAt } = visit;
  return {
    id: facts.id,
    tunnel: facts.tunnel,
    client: facts.client.host,
    user: summary.user,
    program: recognised.program,
    programName: recognised.name,
    tls: summary.tls,
    openedAt,
    closedAt,
    outcome: summary.outcome,
    closedBy: summary.closedBy,
    reason: summary.reason,
    transfers: summary.transfers,
    bytesDown: summary.bytesDown,
    bytesUp: summary.bytesUp,
    findings: [...visit.findings.keys()],
  };
}
