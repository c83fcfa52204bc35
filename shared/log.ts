import { styleText } from 'node:util';
import { destination, pino, stdSerializers } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import { CONFIG_LIMITS } from './limits.ts';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['auto', 'json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** How and where to log. */
export interface LogOptions {
  readonly level: LogLevel;
  /** `auto`: pretty on a terminal, JSON everywhere else. */
  readonly format: LogFormat;
  /** Takes finished lines; stdout unless given. */
  readonly output?: DestinationStream;
}

const MASK = '***';

/** Names of fields that hold secrets, at the top of a log line or up to two levels below. */
const SECRET_FIELDS = [
  'password',
  'credential',
  'token',
  'apiToken',
  'secret',
  'authorization',
  'enrolmentCode',
];

/** Our own secrets are recognisable wherever they stand, also in the middle of a message. */
const SECRET_TEXT = /gw[alt]_[A-Za-z0-9_-]+|GW(?:-[0-9A-Z]{5}){3}/gi;

/** A logger; ids and the side that failed belong into `logger.child({ tunnel, session, side })`. */
export function createLogger(options: LogOptions): Logger {
  const terminal = options.output === undefined && process.stdout.isTTY;
  const pretty = options.format === 'pretty' || (options.format === 'auto' && terminal);
  const output = options.output ?? (pretty ? process.stdout : standardOutput());
  return pino(
    {
      level: options.level,
      base: null,
      serializers: { err: stdSerializers.err, error: stdSerializers.err },
      redact: { paths: secretPaths(), censor: MASK },
      hooks: { streamWrite: (line) => line.replace(SECRET_TEXT, MASK) },
    },
    pretty ? { write: (line) => void output.write(prettyLine(line, terminal)) } : output,
  );
}

/** Written behind the program's back, so that a slow reader of the log cannot hold up a transfer. */
function standardOutput(): DestinationStream {
  return destination({ dest: 1, sync: false, maxLength: CONFIG_LIMITS.logBacklog });
}

function secretPaths(): string[] {
  return SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
}

const COLOURS = { warn: 'yellow', error: 'red', fatal: 'red' } as const;

/**
 * One JSON log line as a line for people: time, level, message, then `key=value`.
 * Control characters are shown as `?`: field values come from strangers.
 */
export function prettyLine(json: string, colour: boolean): string {
  const { level, time, msg, err, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const word = pino.levels.labels[Number(level)] ?? String(level);
  const paint = word in COLOURS ? COLOURS[word as keyof typeof COLOURS] : 'none';
  const shown = colour
    ? styleText(paint, word.padEnd(5), { validateStream: false })
    : word.padEnd(5);
  const clock = new Date(Number(time)).toISOString().slice(11, 23);
  const rest = Object.entries({ ...fields, ...errorFields(err) }).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${clock} ${shown} ${printable([...(typeof msg === 'string' ? [msg] : []), ...rest].join('  '))}\n`;
}

function errorFields(err: unknown): Record<string, unknown> {
  if (typeof err !== 'object' || err === null) return {};
  const { message, code, stack } = err as Record<string, unknown>;
  return { err: message, ...(code === undefined ? { stack } : { code }) };
}

/** Text that cannot move a terminal's cursor or change its colours. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is removed
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, '?');
}
