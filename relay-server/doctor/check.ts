import { errorText, GangwayError } from '../../shared/errors.ts';
import { printable } from '../../shared/log.ts';
import type { CheckView } from '../views/doctor.ts';

type Area = CheckView['area'];

/** Every check, in the order people read them: code, area, title. Codes are stable. */
export const CHECKS = {
  'public-address': ['outside', 'Address that clients are told'],
  'dns-name': ['outside', 'DNS name'],
  'control-port': ['outside', 'Public port'],
  'implicit-port': ['outside', 'Public port with TLS from the start'],
  'passive-ports': ['outside', 'Passive ports'],
  certificate: ['outside', 'Certificate for clients'],
  clock: ['outside', 'Clocks'],
  'server-answers': ['server', 'FTP server answers'],
  'server-login': ['server', 'Login at the FTP server'],
  'server-features': ['server', 'Features of the FTP server'],
  'server-modes': ['server', 'Modes of the FTP server'],
  'server-pasv-address': ['server', 'Address without Gangway'],
  'server-tls': ['server', 'TLS with the FTP server'],
  'server-list': ['server', 'Listing at the FTP server'],
  'through-passive': ['through', 'Passive transfers through the tunnel'],
  'through-active': ['through', 'Active transfers through the tunnel'],
} as const satisfies Readonly<Record<string, readonly [Area, string]>>;
export type CheckCode = keyof typeof CHECKS;

/** What came of a check. */
export interface Verdict {
  readonly result: CheckView['result'];
  readonly saw: string;
  readonly remedy?: string | undefined;
}

export function ok(saw: string): Verdict {
  return { result: 'ok', saw };
}

export function warning(saw: string, remedy: string): Verdict {
  return { result: 'warning', saw, remedy };
}

export function failed(saw: string, remedy: string): Verdict {
  return { result: 'failed', saw, remedy };
}

export function skipped(saw: string, remedy?: string): Verdict {
  return { result: 'skipped', saw, remedy };
}

/** Makes checks and hands them on as they are done. */
export class CheckBook {
  readonly #signal: AbortSignal;
  readonly #done: (check: CheckView) => void;

  /**
   * @param signal ends the run: what is not done by then is skipped
   * @param done called once with each check
   */
  constructor(signal: AbortSignal, done: (check: CheckView) => void) {
    this.#signal = signal;
    this.#done = done;
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  /**
   * Makes a check; never rejects. A failure that was not expected is a failed check.
   * @param did what is done, a sentence
   */
  async make(code: CheckCode, did: string, look: () => Promise<Verdict>): Promise<Verdict> {
    const started = performance.now();
    const verdict = await this.#judged(look);
    const [area, title] = CHECKS[code];
    const { result, saw, remedy = null } = verdict;
    const ms = Math.round(performance.now() - started);
    const shown = { saw: printable(saw), remedy: remedy === null ? null : printable(remedy) };
    this.#done({ code, area, result, title, did, ...shown, ms });
    return verdict;
  }

  async #judged(look: () => Promise<Verdict>): Promise<Verdict> {
    const signal = this.#signal;
    if (signal.aborted) return skipped(whyEnded(signal));
    const { promise: ended, resolve } = Promise.withResolvers<Verdict>();
    const end = (): void => resolve(skipped(whyEnded(signal)));
    signal.addEventListener('abort', end);
    try {
      return await Promise.race([look().catch(verdictOf), ended]);
    } finally {
      signal.removeEventListener('abort', end);
    }
  }
}

function verdictOf(error: unknown): Verdict {
  const [message = ''] = errorText(error).split('\n', 1);
  const remedy = error instanceof GangwayError ? error.remedy : undefined;
  return { result: 'failed', saw: message, remedy };
}

function whyEnded({ reason }: AbortSignal): string {
  const why: unknown = reason;
  if (why instanceof GangwayError) return why.message;
  return 'there was no time left for it';
}
