import type { SessionEvent } from '../gateway/events.ts';
import { VERBS } from '../ftp/command.ts';
import type { Exchange } from './reading/exchanges.ts';
import { NOTICED_VERBS } from './reading/noticed-verbs.ts';
import { withoutCode } from './reading/server-words.ts';
import type { RecordedEvent } from './record.ts';
import { fault, step, told, type Step, type StepsOf, type Telling } from './timeline-step.ts';
import { TRANSFER_STEPS, type DataEvent } from './timeline-transfers.ts';
import { shown, span } from './words.ts';

/** Verbs whose effect is told by events of their own. */
const TOLD_BY_EVENTS: ReadonlySet<string> = new Set(
  'PASV EPSV PORT EPRT RETR STOR STOU APPE LIST NLST MLSD'.split(' '),
);

/** One line for each kind of event; undefined for what another one tells. */
const STEPS: StepsOf<Exclude<RecordedEvent['type'], DataEvent['type'] | 'command'>> = {
  opened: ({ client }, { record }) =>
    told('client', `connected from ${client.host} to port ${record.port}`),
  greeted: ({ code, text }) => step('server', `greeted: ${said(code, text)}`, code >= 400),
  user: () => undefined,
  'logged-in': ({ code }) => told('server', `accepted the login (${code})`),
  'login-failed': ({ code, text }) => fault('server', `refused the login: ${said(code, text)}`),
  answered: () => undefined,
  size: () => undefined,
  refused: ({ verb, code, text }) => fault('relay', `refused ${shown(verb)}: ${said(code, text)}`),
  'bad-line': (event) =>
    fault('client', `sent a line that is no FTP command (${shown(event.fault)})`),
  'other-protocol': ({ protocol }) =>
    fault('client', `began with another protocol than FTP (${protocol})`),
  secured: securedStep,
  unclosed: () => fault('client', 'ended the encrypted upload without saying that it is complete'),
  closed: closedStep,
  'turned-away': ({ code, text }) => fault('relay', `turned the client away: ${said(code, text)}`),
  'reception-failed': ({ user, why }) =>
    fault('relay', `the login of ${shown(user)} came to nothing: ${shown(why)}`),
  'line-lost': (_event, { transferring }) =>
    fault('agent', `lost its line to the relay; the ${waiting(transferring)} waits`),
  'line-back': ({ ms }, { transferring }) =>
    told('agent', `was without a line for ${span(ms)}; the ${waiting(transferring)} went on`),
  'handshake-failed': ({ reason }) => fault('client', `did not agree on TLS: ${shown(reason)}`),
};

const ALL_STEPS: StepsOf<Exclude<RecordedEvent['type'], 'command'>> = {
  ...STEPS,
  ...TRANSFER_STEPS,
};

/**
 * The step an event is; undefined for what another one tells.
 * @param exchange of a command
 */
export function stepOf(
  event: RecordedEvent,
  exchange: Exchange | undefined,
  telling: Telling,
): Step | undefined {
  if (event.type === 'command') return commandStep(event, exchange);
  const words = ALL_STEPS[event.type] as (one: RecordedEvent, of: Telling) => Step | undefined;
  return words(event, telling);
}

/** What waits for the line. */
function waiting(transferring: boolean): string {
  return transferring ? 'transfer' : 'session';
}

function commandStep(
  { verb, argument }: Extract<SessionEvent, { type: 'command' }>,
  exchange: Exchange | undefined,
): Step | undefined {
  if (TOLD_BY_EVENTS.has(verb)) return undefined;
  const answer = exchange?.answer;
  // Logins and refusals of the gateway have events of their own.
  if (verb === 'PASS' || answer?.by === 'gateway') return told('client', asked(verb, argument));
  const isFault = (answer?.code ?? 0) >= 400 && NOTICED_VERBS.has(verb);
  return step('client', `${asked(verb, argument)}; ${answered(answer)}`, isFault);
}

function answered(answer: Exchange['answer']): string {
  if (answer === undefined) return 'no answer yet';
  return answer.code < 400
    ? `answered ${answer.code}`
    : `answered ${said(answer.code, answer.text)}`;
}

/** A command in words. */
function asked(verb: string, argument = ''): string {
  if (verb === 'USER') return `gave the user name ${shown(argument)}`;
  if (verb === 'PASS') return 'sent a password';
  if (verb === 'AUTH') return `asked for TLS (AUTH ${shown(argument)})`;
  if (verb === 'QUIT') return 'said goodbye (QUIT)';
  // A verb nobody knows may be PASS mistyped.
  const secret = VERBS.get(verb)?.secret ?? !VERBS.has(verb);
  // SITE changes passwords at some servers: what comes behind its own command is nobody's business.
  const open = verb === 'SITE' ? (argument.trim().split(/\s/)[0] ?? '') : argument;
  return secret || open === '' ? `sent ${shown(verb)}` : `sent ${shown(verb)} ${shown(open)}`;
}

function securedStep(event: Extract<SessionEvent, { type: 'secured' }>): Step {
  const { connection, version, resumed } = event;
  const what = connection === 'control' ? 'switched to TLS' : 'has TLS on the data connection';
  return told('client', `${what} (${shown(version)}${resumed ? ', resumed' : ''})`);
}

/** Ends that are nobody's fault. */
const ORDERLY: ReadonlySet<string> = new Set(['quit', 'client-closed', 'idle', 'restarting']);
const SIDES = { client: 'client', server: 'server', tunnel: 'agent', gateway: 'relay' } as const;

function closedStep({ by, code, reason }: Extract<SessionEvent, { type: 'closed' }>): Step {
  if (code === 'quit') return told('client', 'left');
  if (code === 'client-closed') return told('client', 'closed the connection');
  const side = code === 'idle' || code === 'login-timeout' ? 'relay' : SIDES[by];
  return step(side, `ended the session: ${shown(reason)}`, !ORDERLY.has(code));
}

/** A reply in one line; some texts begin with the code already. */
function said(code: number, text: string): string {
  return `${code} ${shown(withoutCode(text))}`;
}
