import type {
  PastSession,
  SessionStory,
  SessionView,
  TransferView,
} from '../../../relay-server/views/sessions.ts';
import { OUTCOMES } from '../../../relay-server/views/sessions.ts';
import type { FindingView } from '../../../relay-server/views/findings.ts';
import { explain } from '../../../shared/diagnosis/explain.ts';
import { CLIENT_PROGRAMS } from '../../../shared/diagnosis/programs.ts';
import { cycled } from './cycled.ts';

/** When the made-up data is of: the present, so that "3 min ago" reads as it will. */
const START = Date.now();
const NAMES = {
  filezilla: 'FileZilla 3.66.5',
  winscp: 'WinSCP 6.3.2',
  explorer: 'Windows Explorer',
  'ftp-exe': 'ftp.exe',
  lftp: 'lftp/4.9.2',
  curl: 'curl/8.5.0',
  'total-commander': 'Total Commander (UTF-8)',
  flashfxp: 'FlashFXP',
  cuteftp: 'CuteFTP 9.3',
  finder: 'macOS Finder',
  generic: null,
} as const;
const FILES = [
  'catalogue-2026-11.zip',
  'Bestellungen/2026/Auftrag 4711.xml',
  'images/product-photos-spring.tar',
  'backup.sql.gz',
  'a-name-so-long-that-no-table-column-will-ever-have-the-room-to-show-it-in-one-line-0001.bin',
];
/** What is found in visits, in turn. */
const CODES = ['passive-blocked-at-client', 'wrong-password', 'active-private-address'];
const USERS = ['anna', 'warehouse', 'partner-47', null, 'nightly-export'];

/** A live session; every other one has a transfer under way. */
export function liveSession(index: number, tunnel: string): SessionView {
  const program = cycled(CLIENT_PROGRAMS, index);
  const user = cycled(USERS, index);
  const size = index % 6 === 0 ? null : 40_000_000 + index * 1_000_003;
  const download = index % 3 !== 0;
  return {
    id: `s${String(index).padStart(5, '0')}`,
    tunnel,
    client:
      index % 7 === 0
        ? `2001:db8:${index.toString(16)}::17`
        : `198.51.${index % 250}.${(index * 7) % 250}`,
    clientPort: 40_000 + (index % 20_000),
    user,
    loggedIn: user !== null,
    program,
    programName: NAMES[program],
    tls: index % 4 === 0 ? null : 'TLSv1.3',
    mode: cycled(['PASV', 'EPSV', 'PORT', null], index),
    openedAt: START - 30_000 * (index + 1),
    command: user === null ? 'USER' : cycled(['RETR', 'LIST', 'STOR', 'CWD /orders'], index),
    transfer:
      user === null || index % 2 === 1
        ? null
        : {
            verb: download ? 'RETR' : 'STOR',
            name: cycled(FILES, index),
            direction: download ? 'download' : 'upload',
            startedAt: START - 20_000,
            bytes: 3_000_000 + index * 1000,
            size,
            rate: 900_000 + ((index * 37_813) % 4_000_000),
          },
    bytesDown: index * 400_000,
    bytesUp: index * 3000,
  };
}

/** The session a second later. */
export function movedOn(session: SessionView): SessionView {
  const { transfer } = session;
  if (transfer === null) return session;
  const bytes = transfer.bytes + Math.round(transfer.rate);
  const isDone = transfer.size !== null && bytes >= transfer.size;
  return { ...session, transfer: { ...transfer, bytes: isDone ? 0 : bytes } };
}

/** A visit that is over; the lower the index, the later it was. */
export function pastSession(index: number, tunnel: string): PastSession {
  const { client, user, program, programName, tls, bytesDown, bytesUp } = liveSession(
    index,
    tunnel,
  );
  const outcome = cycled(OUTCOMES, index);
  const openedAt = START - 600_000 * (index + 1);
  return {
    id: `p${String(index).padStart(5, '0')}`,
    tunnel,
    client,
    user,
    program,
    programName,
    tls,
    openedAt,
    outcome,
    bytesDown,
    bytesUp,
    closedAt: openedAt + 90_000,
    closedBy: outcome === 'broken' ? 'client' : 'server',
    reason: outcome === 'broken' ? 'connection reset' : '221 Goodbye.',
    transfers: index % 5,
    findings: outcome === 'ok' ? [] : [cycled(CODES, index)],
  };
}

/** A transfer that is over. */
export function pastTransfer(index: number, tunnel: string): TransferView {
  const ok = index % 5 !== 4;
  const upload = index % 3 === 0;
  return {
    id: `t${String(index).padStart(5, '0')}`,
    session: `p${String(index).padStart(5, '0')}`,
    tunnel,
    client: `198.51.100.${index % 250}`,
    user: 'anna',
    verb: upload ? 'STOR' : 'RETR',
    name: cycled(FILES, index),
    direction: upload ? 'upload' : 'download',
    bytes: 1_500_000 * (index + 1),
    size: ok ? 1_500_000 * (index + 1) : 90_000_000,
    startedAt: START - 500_000 * (index + 1),
    ms: 4200 + index * 10,
    code: ok ? 226 : 426,
    ok,
    broken: ok ? null : 'client: connection reset',
  };
}

/** A finding in words, for the program the session's client uses. */
export function finding(index: number, tunnel: string): FindingView {
  const { client, user, program } = pastSession(index, tunnel);
  const facts = {
    client,
    port: 50_012,
    user: user ?? 'nobody',
    code: 530,
    text: 'Login incorrect.',
    verb: cycled(['EPSV', 'PASV', 'PORT'], index),
    host: 'relay.example.org',
    seconds: 30,
    othersArrived: 41,
    firstPort: 50_000,
    lastPort: 50_063,
    named: '192.168.1.20',
    seen: client,
  };
  const at = START - 900_000 * (index + 1);
  return {
    id: `f${String(index).padStart(5, '0')}`,
    session: `p${String(index).padStart(5, '0')}`,
    tunnel,
    client,
    user,
    ...explain({ code: cycled(CODES, index), at, facts }, program),
    at,
  };
}

/** What happened in a visit that ended in that finding. */
export function story(index: number, tunnel: string): SessionStory {
  const past = pastSession(index, tunnel);
  const {
    id: _id,
    session: _session,
    tunnel: _tunnel,
    client: _client,
    user: _user,
    ...words
  } = finding(index, tunnel);
  const steps = [
    ['client', `Connected from ${past.client}`],
    ['relay', 'Offered TLS; the client took it'],
    ['server', '230 Login successful'],
    ['client', 'Asked for a listing in passive mode'],
    ['relay', 'Promised port 50012'],
    ['client', 'Did not come to the port within 30 s'],
  ] as const;
  return {
    live: null,
    past,
    timeline: steps.map(([side, text], at) => ({
      side,
      text,
      at: past.openedAt + at * 1500,
      fault: at === steps.length - 1,
    })),
    omitted: 0,
    findings: [words],
  };
}
