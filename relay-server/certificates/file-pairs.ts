import { readFile, stat } from 'node:fs/promises';
import { ConfigError, type ConfigProblem } from '../../shared/config.ts';
import { systemCode } from '../../shared/errors.ts';
import { CERTIFICATE_LIMITS } from '../limits.ts';
import type { Logger } from '../../shared/log.ts';
import { checkIdentity, type Held } from './held.ts';

/** Paths of a certificate with its chain and of its key. */
export interface PairFiles {
  readonly cert: string;
  readonly key: string;
}

export interface FilePairsOptions {
  readonly files: readonly PairFiles[];
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** One pair of files, and what of it is in use. */
interface Pair {
  readonly files: PairFiles;
  held: Held;
  /** State of the files that was judged last. */
  judged: string;
  /** Since when the files have not fitted; they may be two halves of one change. */
  unfitSince: number | undefined;
}

/** Certificates in files that somebody else renews: taken anew whenever they change. */
export class FilePairs {
  readonly #pairs: readonly Pair[];
  readonly #options: FilePairsOptions;

  private constructor(pairs: readonly Pair[], options: FilePairsOptions) {
    this.#pairs = pairs;
    this.#options = options;
  }

  /** @throws ConfigError with everything that is wrong with any of the files. */
  static async open(options: FilePairsOptions): Promise<FilePairs> {
    const problems: ConfigProblem[] = [];
    const pairs: Pair[] = [];
    for (const files of options.files) {
      const judged = await stampOf(files);
      // One that has expired is a fault to be told; a relay that does not start for it would be a worse one.
      const read = await readPair(files, Number.NEGATIVE_INFINITY);
      if (read.ok) pairs.push({ files, held: read.held, judged, unfitSince: undefined });
      else problems.push(read.problem);
    }
    if (problems.length > 0) throw new ConfigError(problems);
    return new FilePairs(pairs, options);
  }

  get held(): readonly Held[] {
    return this.#pairs.map((pair) => pair.held);
  }

  /**
   * Takes what has changed, if it fits; what does not is warned of once, and the old one stays.
   * @param patient whether halves that do not fit are given time, as another program may be at work
   * @returns whether anything was taken.
   */
  async look(patient: boolean): Promise<boolean> {
    let changed = false;
    for (const pair of this.#pairs) changed = (await this.#lookAt(pair, patient)) || changed;
    return changed;
  }

  async #lookAt(pair: Pair, patient: boolean): Promise<boolean> {
    const stamp = await stampOf(pair.files);
    if (patient && stamp === pair.judged) return false;
    const now = this.#options.now();
    const read = await readPair(pair.files, now);
    if (!read.ok) {
      pair.unfitSince ??= now;
      if (patient && now - pair.unfitSince < CERTIFICATE_LIMITS.pairSettle) return false;
      this.#warn(read.problem);
    }
    pair.judged = stamp;
    pair.unfitSince = undefined;
    if (!read.ok || isSame(read.held, pair.held)) return false;
    pair.held = read.held;
    const { names, notAfter } = read.held.facts;
    this.#options.logger.info({
      event: 'certificate-loaded',
      file: pair.files.cert,
      names,
      notAfter,
    });
    return true;
  }

  #warn({ value, problem, remedy }: ConfigProblem): void {
    this.#options.logger.warn(
      { event: 'certificate-unfit', file: value, remedy },
      `${value} ${problem}; the certificate of before stays in use`,
    );
  }
}

/** The pairs of two lists in their order. @throws ConfigError when one list is longer. */
export function pairUp(certs: readonly string[], keys: readonly string[]): PairFiles[] {
  if (certs.length !== keys.length) {
    const [source, value] =
      certs.length > keys.length
        ? ['--tls-cert', certs[keys.length]]
        : ['--tls-key', keys[certs.length]];
    const problem = `has no ${source === '--tls-cert' ? '--tls-key' : '--tls-cert'} to it`;
    const remedy = 'Name a certificate and its key for each other, both lists in the same order.';
    throw new ConfigError([{ source, value, problem, remedy }]);
  }
  return certs.map((cert, index) => ({ cert, key: keys[index] ?? '' }));
}

type Read =
  | { readonly ok: true; readonly held: Held }
  | { readonly ok: false; readonly problem: ConfigProblem };

/** @param now a certificate that ended before is refused */
async function readPair(files: PairFiles, now: number): Promise<Read> {
  const cert = await readPem(files.cert, '--tls-cert');
  if (typeof cert !== 'string') return { ok: false, problem: cert };
  const key = await readPem(files.key, '--tls-key');
  if (typeof key !== 'string') return { ok: false, problem: key };
  const checked = checkIdentity({ cert, key }, now);
  if (!checked.ok) {
    const { half, problem, remedy } = checked.unfit;
    return { ok: false, problem: { source: `--tls-${half}`, value: files[half], problem, remedy } };
  }
  const renewal = `Renew ${files.cert}; the relay takes the new one by itself.`;
  const { facts } = checked;
  return { ok: true, held: { identity: { cert, key }, facts, source: 'file', renewal } };
}

async function readPem(path: string, source: string): Promise<string | ConfigProblem> {
  try {
    const { size } = await stat(path);
    if (size <= CERTIFICATE_LIMITS.file) return await readFile(path, 'utf8');
    const problem = `has ${size} bytes, too many for PEM`;
    return { source, value: path, problem, remedy: 'Give the path of a PEM file.' };
  } catch (cause) {
    const problem = `cannot be read (${systemCode(cause) ?? String(cause)})`;
    const remedy = 'Check the path, and that the user the relay runs as may read it.';
    return { source, value: path, problem, remedy };
  }
}

/** Differs whenever a file was written, renamed over, or reached through a link that leads elsewhere. */
async function stampOf({ cert, key }: PairFiles): Promise<string> {
  const stamps = await Promise.all(
    [cert, key].map((path) =>
      stat(path, { bigint: true }).then(
        ({ dev, ino, size, mtimeNs, ctimeNs }) => [dev, ino, size, mtimeNs, ctimeNs].join(':'),
        () => 'absent',
      ),
    ),
  );
  return stamps.join(' ');
}

function isSame(a: Held, b: Held): boolean {
  return a.identity.cert === b.identity.cert && a.identity.key === b.identity.key;
}
