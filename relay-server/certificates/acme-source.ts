import { GangwayError } from '../../shared/errors.ts';
import { CERTIFICATE_LIMITS } from '../limits.ts';
import type { Logger } from '../../shared/log.ts';
import type { CertificateFacts } from '../../shared/net/certificate-facts.ts';
import type { TlsIdentity } from '../../shared/net/tls-identity.ts';
import type { CertificateAuthority } from './authority.ts';
import { checkIdentity, type Held } from './held.ts';
import type { KeptFiles } from './kept-files.ts';

const RENEWAL =
  'The relay tries to renew it by itself; lines with acme-failed in its log say what keeps it.';

export interface AcmeSourceOptions {
  readonly authority: CertificateAuthority;
  /** A folder of this authority's own: what another one issued counts for nothing here. */
  readonly kept: KeptFiles;
  /** A certificate was issued. */
  readonly changed: () => void;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What is known of a name. */
interface Entry {
  held: Held | undefined;
  /** Attempts in a row that failed. */
  failures: number;
  /** Not to be tried before this moment. */
  retryAt: number;
}

/**
 * Certificates that an authority issues, one a name, so that a tunnel's name whose DNS is wrong does not
 * keep the others from theirs. They are kept over restarts, and renewed when two thirds of their life are
 * over; whatever goes wrong, the old one stays in use.
 */
export class AcmeSource {
  readonly #options: AcmeSourceOptions;
  readonly #stop = new AbortController();
  #entries = new Map<string, Entry>();
  #working: Promise<void> | undefined;

  constructor(options: AcmeSourceOptions) {
    this.#options = options;
  }

  /** In the order of their names' importance. */
  get held(): readonly Held[] {
    return [...this.#entries.values()].flatMap(({ held }) => held ?? []);
  }

  /**
   * Makes the names those that are wanted; kept certificates count at once.
   * @throws GangwayError `data-dir-unusable`.
   */
  async want(names: readonly string[]): Promise<void> {
    const before = this.#entries;
    const entries = await Promise.all(
      names.map(async (name) => [name, before.get(name) ?? (await this.#entryOf(name))] as const),
    );
    this.#entries = new Map(entries);
  }

  /** Begins to ask for the next certificate that is due, if none is being asked for. */
  look(): void {
    if (this.#working !== undefined || this.#stop.signal.aborted) return;
    const now = this.#options.now();
    const due = [...this.#entries].find(([, entry]) => isDue(entry, now));
    if (due === undefined) return;
    this.#working = this.#renew(...due).finally(() => {
      this.#working = undefined;
    });
  }

  /** Asks for nothing more; resolves when what was under way has ended. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#working;
  }

  async #entryOf(name: string): Promise<Entry> {
    const { kept, now, logger } = this.#options;
    const entry: Entry = { held: undefined, failures: 0, retryAt: 0 };
    const pem = await kept.read(fileOf(name));
    if (pem === undefined) return entry;
    const identity = halvesOf(pem);
    const checked = checkIdentity(identity, now());
    if (checked.ok)
      return {
        ...entry,
        held: { identity, facts: checked.facts, source: 'acme', renewal: RENEWAL },
      };
    const { problem } = checked.unfit;
    logger.warn(
      { event: 'acme-kept-unfit', name, file: kept.path(fileOf(name)) },
      `what was kept ${problem}`,
    );
    return entry;
  }

  async #renew(name: string, entry: Entry): Promise<void> {
    const { authority, kept, logger, changed, now } = this.#options;
    try {
      logger.info({ event: 'acme-asking', name });
      const { cert, key } = await authority.issue(name, this.#stop.signal);
      await kept.write(fileOf(name), `${key.trim()}\n${cert.trim()}\n`);
      const fresh = await this.#entryOf(name);
      if (fresh.held === undefined)
        throw new GangwayError('acme-refused', `what was issued for ${name} cannot be used`);
      Object.assign(entry, fresh);
      logger.info({ event: 'acme-issued', name, ...issueOf(fresh.held.facts) });
      changed();
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      const { firstRetry, lastRetry } = CERTIFICATE_LIMITS;
      const wait = Math.min(firstRetry * 2 ** entry.failures, lastRetry);
      entry.failures += 1;
      entry.retryAt = now() + wait;
      const isExpected = error instanceof GangwayError;
      const more = isExpected ? { code: error.code, remedy: error.remedy } : { err: error };
      const message = isExpected ? error.message : 'asking for a certificate failed';
      logger.error({ event: 'acme-failed', name, retryMs: wait, ...more }, message);
    }
  }
}

/** Two thirds of its life are over, or there is none; and the last failure is long enough ago. */
function isDue({ held, retryAt }: Entry, now: number): boolean {
  if (now < retryAt) return false;
  if (held === undefined) return true;
  const { notBefore, notAfter } = held.facts;
  return now >= notBefore + ((notAfter - notBefore) * 2) / 3;
}

function issueOf({ issuer, notAfter }: CertificateFacts): { issuer: string; notAfter: string } {
  return { issuer, notAfter: new Date(notAfter).toISOString() };
}

/** Key and chain are in one file, which is replaced in one step, so that they are always each other's. */
function halvesOf(pem: string): TlsIdentity {
  const at = Math.max(pem.indexOf('-----BEGIN CERTIFICATE-----'), 0);
  return { key: pem.slice(0, at), cert: pem.slice(at) };
}

/** A name has letters, digits, dashes and dots only, by certifiable.ts. */
function fileOf(name: string): string {
  return `${name}.pem`;
}
