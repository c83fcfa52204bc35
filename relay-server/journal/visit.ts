import type { Finding } from '../../shared/diagnosis/finding.ts';
import type { ClientProgram } from '../../shared/diagnosis/programs.ts';
import type {
  DiagnosisContext,
  RecordedEvent,
  SessionRecord,
} from '../../shared/diagnosis/record.ts';
import type { HostPort } from '../../shared/ftp/address.ts';
import { EventLog } from './event-log.ts';
import { VisitSummary, type EndedTransfer } from './visit-summary.ts';

/** Who came where. */
export interface VisitFacts {
  readonly id: string;
  /** Name of the tunnel. */
  readonly tunnel: string;
  readonly client: HostPort;
  /** The public port the client connected to. */
  readonly port: number;
}

/** What a tunnel knows that a diagnosis of its sessions needs. */
export type TunnelContext = Pick<DiagnosisContext, 'tunnel' | 'agent' | 'certificate'>;

/** The session behind a visit. */
export interface VisitSource {
  /** Payload bytes of the running transfer so far. */
  readonly transferredBytes: number;
  /** Ends it now. @param reason for the client and the log */
  kill(reason: string): void;
}

/** The program a client is taken for. */
export interface Recognised {
  readonly program: ClientProgram;
  /** As it calls itself; null if it does not. */
  readonly name: string | null;
}

const UNKNOWN: Recognised = { program: 'generic', name: null };

/** One client's visit, from its connect to its end: what happened, what of it is known, what was found. */
export class Visit {
  readonly facts: VisitFacts;
  readonly openedAt: number;
  /** Grows from visit to visit. */
  readonly sequence: number;
  readonly summary = new VisitSummary();
  /** Undefined until there is a session. */
  source: VisitSource | undefined;
  /** Bytes per second of the running transfer, over the last seconds. */
  rate = 0;
  recognised = UNKNOWN;
  /** By code: a cause is told once. */
  readonly findings = new Map<string, Finding>();
  readonly #log = new EventLog();

  constructor(facts: VisitFacts, openedAt: number, sequence: number) {
    this.facts = facts;
    this.openedAt = openedAt;
    this.sequence = sequence;
  }

  /** @returns the transfer that the event ends, if it ends one */
  take(event: RecordedEvent, at: number): EndedTransfer | undefined {
    this.#log.add(event, at);
    return this.summary.take(event, at);
  }

  get record(): SessionRecord {
    const { id, client, port } = this.facts;
    return { id, client, port, events: this.#log.events, omitted: this.#log.omitted };
  }

  /** Payload bytes in each direction, those of the running transfer included. */
  get bytes(): { down: number; up: number } {
    const { transfer, bytesDown, bytesUp } = this.summary;
    const running = transfer === undefined ? 0 : (this.source?.transferredBytes ?? 0);
    const isDown = transfer?.direction === 'download';
    return { down: bytesDown + (isDown ? running : 0), up: bytesUp + (isDown ? 0 : running) };
  }
}
