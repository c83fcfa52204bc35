import type { Facts, Finding } from '../../shared/diagnosis/finding.ts';
import type { LineLoss } from '../views/line.ts';
import type { PastSession, TransferView } from '../views/sessions.ts';
import { ofVisit, type VisitFinding } from '../journal/visit-finding.ts';
import type { PastVisit } from './history.ts';
import { recordText } from './record-text.ts';
import type { PastFindingRow, PastLineLossRow, PastSessionRow, PastTransferRow } from './schema.ts';

/** A visit as its row. */
export function sessionRow({ past, record }: PastVisit): PastSessionRow {
  return {
    id: past.id,
    at: past.closedAt,
    opened_at: past.openedAt,
    tunnel: past.tunnel,
    client: past.client,
    user: past.user,
    program: past.program,
    program_name: past.programName,
    tls: past.tls,
    outcome: past.outcome,
    ok: past.outcome === 'ok' ? 1 : 0,
    closed_by: past.closedBy,
    reason: past.reason,
    transfers: past.transfers,
    bytes_down: past.bytesDown,
    bytes_up: past.bytesUp,
    findings: JSON.stringify(past.findings),
    record: recordText(record),
  };
}

/** The inverse of {@link sessionRow}. */
export function sessionOf(row: PastSessionRow): PastSession {
  return {
    id: row.id,
    tunnel: row.tunnel,
    client: row.client,
    user: row.user,
    program: row.program,
    programName: row.program_name,
    tls: row.tls,
    openedAt: row.opened_at,
    closedAt: row.at,
    outcome: row.outcome,
    closedBy: row.closed_by,
    reason: row.reason,
    transfers: row.transfers,
    bytesDown: row.bytes_down,
    bytesUp: row.bytes_up,
    findings: JSON.parse(row.findings) as string[],
  };
}

/** A transfer as its row; its time is when it ended. */
export function transferRow(transfer: TransferView): PastTransferRow {
  const { ok, startedAt, ...same } = transfer;
  return { ...same, ok: ok ? 1 : 0, at: startedAt + transfer.ms };
}

/** The inverse of {@link transferRow}. */
export function transferOf({ at, ok, ...same }: PastTransferRow): TransferView {
  return { ...same, startedAt: at - same.ms, ok: ok === 1 };
}

/** The findings of a visit as rows. */
export function findingRows({ past, findings }: PastVisit): PastFindingRow[] {
  const { id: session, tunnel, client, user, program } = past;
  const whose = { session, tunnel, client, user, program };
  return findings.map((finding) => ({
    ...ofVisit(whose, finding),
    facts: JSON.stringify(finding.facts),
  }));
}

export function findingOf({ code, at, facts }: PastFindingRow): Finding {
  return { code, at, facts: JSON.parse(facts) as Facts };
}

/** The inverse of {@link findingRows}. */
export function storedFindingOf(row: PastFindingRow): VisitFinding {
  const { id, session, tunnel, client, user, program } = row;
  return { id, session, tunnel, client, user, program, ...findingOf(row) };
}

export function lineLossRow({ resumed, ...same }: LineLoss): PastLineLossRow {
  return { ...same, resumed: resumed ? 1 : 0 };
}

/** The inverse of {@link lineLossRow}. */
export function lineLossOf({ resumed, ...same }: PastLineLossRow): LineLoss {
  return { ...same, resumed: resumed === 1 };
}
