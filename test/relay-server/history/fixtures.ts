import type { PastVisit } from '../../../relay-server/store/history.ts';
import type { LineLoss } from '../../../relay-server/views/line.ts';
import type { PastSession, TransferView } from '../../../relay-server/views/sessions.ts';

/** A visit that is over. */
export function pastVisit(id: string, own: Partial<PastSession> = {}): PastVisit {
  const past: PastSession = {
    id,
    tunnel: 'ftp',
    client: '203.0.113.7',
    user: 'ann',
    program: 'curl',
    programName: null,
    tls: null,
    openedAt: 1_000,
    closedAt: 2_000,
    outcome: 'ok',
    closedBy: 'client',
    reason: 'quit',
    transfers: 0,
    bytesDown: 0,
    bytesUp: 0,
    findings: [],
    ...own,
  };
  const findings = past.findings.map((code) => ({ code, at: past.closedAt, facts: { port: 21 } }));
  const client = { host: past.client, port: 4_000 };
  const opened = { type: 'opened', client } as const;
  const events = [{ at: past.openedAt, event: opened }];
  return { past, record: { id, client, port: 21, events, omitted: 0 }, findings };
}

/** A transfer that is over. */
export function pastTransfer(id: string, own: Partial<TransferView> = {}): TransferView {
  return {
    id,
    session: 's',
    tunnel: 'ftp',
    client: '203.0.113.7',
    user: 'ann',
    verb: 'RETR',
    name: 'report.pdf',
    direction: 'download',
    bytes: 100,
    size: null,
    startedAt: 1_000,
    ms: 50,
    code: 226,
    ok: true,
    broken: null,
    ...own,
  };
}

/** The line to an agent was down for a moment. */
export function lineLoss(id: string, own: Partial<LineLoss> = {}): LineLoss {
  return { id, tunnel: 'ftp', agent: 'a1', at: 1_000, ms: 900, resumed: true, ...own };
}
