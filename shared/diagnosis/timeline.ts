import type { RecordedEvent, SessionRecord, TimedEvent } from './record.ts';

/** Where something happened, in the story of a visit. */
export type StorySide = 'client' | 'relay' | 'agent' | 'server';

/** One step of the story. */
export interface StoryEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly side: StorySide;
  readonly text: string;
  /** Something that went wrong. */
  readonly fault: boolean;
}

/** The words for an event; undefined where it goes without saying. */
type Words = readonly [side: StorySide, text: string, fault?: boolean] | undefined;
type Teller<T extends RecordedEvent['type']> = (
  event: Extract<RecordedEvent, { type: T }>,
  next: RecordedEvent | undefined,
) => Words;

const CULPRITS: Readonly<Record<string, string>> = {
  client: 'the client',
  server: 'the FTP server',
  tunnel: 'the link to the agent',
  gateway: 'the relay',
};

/** What is told of each kind of event. */
const TELLERS: { readonly [T in RecordedEvent['type']]: Teller<T> } = {
  opened: ({ client }) => ['client', `connected from ${client.host} port ${client.port}`],
  greeted: ({ code, text }) => ['server', `greeted: ${text}`, code >= 400],
  user: () => undefined,
  'logged-in': ({ code }) => ['server', `accepted the login (${code})`],
  'login-failed': ({ text }) => ['server', `refused the login: ${text}`, true],
  command: tellCommand,
  answered: ({ verb, code, text, ms }) => {
    if (code < 400 || verb === 'PASS') return undefined;
    const waited = ms >= 2000 ? ` after ${seconds(ms)}` : '';
    return ['server', `answered ${verb} with ${code}${text ? ` ${text}` : ''}${waited}`, true];
  },
  size: ({ name, bytes }) => ['server', `said that "${name}" has ${bytes} bytes`],
  secured: ({ connection, version, resumed }) => [
    'client',
    `speaks ${version} on the ${connection} connection${resumed ? ', resumed' : ''}`,
  ],
  unclosed: () => ['client', 'ended its encrypted data connection without saying so', true],
  'bad-line': ({ fault }) => ['client', `sent a line that is no command (${fault})`, true],
  'other-protocol': ({ protocol }) => [
    'client',
    protocol === 'unknown'
      ? 'speaks another protocol than FTP'
      : `speaks ${protocol.toUpperCase()}, not FTP`,
    true,
  ],
  refused: ({ verb, code, text }) => [
    'relay',
    `refused ${verb || 'the line'}: ${code} ${text}`,
    true,
  ],
  'passive-offered': ({ verb, port, host }) => [
    'relay',
    `answered ${verb}: connect to ${host === undefined ? '' : `${host} `}port ${port}`,
  ],
  'active-offered': ({ verb, host, port }) => [
    'relay',
    `agreed to ${verb}: it will connect to ${host} port ${port}`,
  ],
  'setup-failed': ({ verb, text }) => ['server', `no data connection for ${verb}: ${text}`, true],
  stranger: ({ port, from }) => [
    'relay',
    `refused a connection to port ${port} from ${from.host}, another address than the client's`,
    true,
  ],
  'data-accepted': ({ port, from }) => ['client', `connected to port ${port} from ${from.host}`],
  'data-dialled': ({ host, port, localPort }) => [
    'relay',
    `connected to the client at ${host} port ${port}, from port ${localPort}`,
  ],
  'data-direct': ({ host, port }) => [
    'agent',
    `connected to the client in its own network, at ${host} port ${port}`,
  ],
  'data-direct-failed': ({ host, port, reason }) => [
    'agent',
    `did not reach the client at ${host} port ${port} (${reason}); the data goes the usual way`,
  ],
  'server-data': ({ serverWay, serverPort }) => [
    'agent',
    serverWay === 'active'
      ? `the FTP server connected to it at port ${serverPort}`
      : `connected to the FTP server's port ${serverPort}`,
  ],
  'transfer-started': ({ verb, name, size }) => [
    'server',
    `began ${named(verb, name)}${size === undefined ? '' : ` of ${size} bytes`}`,
  ],
  'transfer-ended': tellTransferEnd,
  closed: ({ by, reason, code, ms }) => [
    by === 'server' ? 'server' : by === 'client' ? 'client' : by === 'tunnel' ? 'agent' : 'relay',
    code === 'quit'
      ? `said goodbye after ${seconds(ms)}`
      : `the session ended after ${seconds(ms)} because of ${CULPRITS[by] ?? by}: ${reason}`,
    code !== 'quit' && code !== 'client-closed',
  ],
  'turned-away': ({ code, text }) => [
    'relay',
    `turned the client away: ${withCode(code, text)}`,
    true,
  ],
  'reception-failed': ({ why }) => ['server', `the login at the shared port failed: ${why}`, true],
  'handshake-failed': ({ reason }) => ['client', `TLS did not come about: ${reason}`, true],
};

/** The story of a visit on both sides, in plain words and without secrets. Pure. */
export function timeline({ events }: Pick<SessionRecord, 'events'>): StoryEntry[] {
  return events.flatMap((entry, index) => {
    const words = wordsOf(entry, events[index + 1]?.event);
    if (words === undefined) return [];
    const [side, text, fault = false] = words;
    return [{ at: entry.at, side, text, fault }];
  });
}

function wordsOf({ event }: TimedEvent, next: RecordedEvent | undefined): Words {
  const tell = TELLERS[event.type] as Teller<RecordedEvent['type']> | undefined;
  return tell?.(event, next);
}

/** Commands whose answer or outcome is told by events of its own. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set([
  'NOOP',
  'TYPE',
  'OPTS',
  'PBSZ',
  'SIZE',
  'MDTM',
]);

function tellCommand({ verb, argument }: { verb: string; argument?: string }): Words {
  if (verb === 'USER') return ['client', `wants to log in as "${argument ?? ''}"`];
  if (verb === 'PASS') return ['client', 'sent a password'];
  if (verb === 'PASV' || verb === 'EPSV') return ['client', `asked for passive mode (${verb})`];
  if (verb === 'PORT' || verb === 'EPRT')
    return ['client', `asked for active mode (${verb} ${argument ?? ''})`];
  if (verb === 'AUTH') return ['client', `asked for encryption (AUTH ${argument ?? ''})`];
  if (TOLD_ELSEWHERE.has(verb)) return undefined;
  return ['client', `sent ${verb}${argument === undefined ? '' : ` ${argument}`}`];
}

function tellTransferEnd(event: Extract<RecordedEvent, { type: 'transfer-ended' }>): Words {
  const { verb, name, bytes, ms, code, broken } = event;
  const what = named(verb, name);
  if (broken === undefined && code < 400) {
    return ['server', `${what} is complete: ${bytes} bytes in ${seconds(ms)} (${code})`];
  }
  const why = broken === undefined ? '' : ` because of ${CULPRITS[broken.by]}: ${broken.reason}`;
  const side = broken === undefined || broken.by === 'server' ? 'server' : sideOf(broken.by);
  return [side, `${what} ended after ${bytes} bytes with ${code}${why}`, true];
}

function sideOf(culprit: string): StorySide {
  if (culprit === 'client') return 'client';
  return culprit === 'tunnel' ? 'agent' : 'relay';
}

function named(verb: string, name: string): string {
  return name === '' ? verb : `${verb} "${name}"`;
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** A text that begins with its code already has it once. */
function withCode(code: number, text: string): string {
  return text.startsWith(String(code)) ? text : `${code} ${text}`;
}
