import { EventEmitter } from 'node:events';
import type { Logger } from '../../shared/log.ts';
import { canonicalName } from '../../shared/net/certificate-facts.ts';
import type { TlsIdentity } from '../../shared/net/tls-identity.ts';
import type { CertificateView } from '../views/tunnels.ts';
import type { AcmeSource } from './acme-source.ts';
import { certifiableNames } from './certifiable.ts';
import { ExpiryWatch, expiryOf, type Expiry } from './expiry.ts';
import type { FilePairs } from './file-pairs.ts';
import { suits, type Held } from './held.ts';
import type { SelfSigned } from './self-signed.ts';

export interface CertificatesOptions {
  readonly files: FilePairs;
  /** Absent where there are files. */
  readonly selfSigned: SelfSigned | undefined;
  readonly acme: AcmeSource | undefined;
  /** Names and addresses of the relay and its tunnels, as configured; the relay's own first. */
  readonly names: () => readonly string[];
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * The certificates of a relay, whatever they come from, and which of them is shown to whom. Looks after
 * them when it is told to; `open.ts` builds one with its sources.
 */
export class Certificates {
  readonly #options: CertificatesOptions;
  readonly #changes = new EventEmitter<{ change: [] }>();
  readonly #watch: ExpiryWatch;
  /** Names at the last look. */
  #names: readonly string[] = [];
  /** Those of them that an authority is asked for, as no file is for them. */
  #wanted: readonly string[] = [];
  #looking: Promise<void> = Promise.resolve();

  constructor(options: CertificatesOptions) {
    this.#options = options;
    this.#watch = new ExpiryWatch(options.logger);
    // As many as there are listeners of tunnels, and the HTTP port.
    this.#changes.setMaxListeners(0);
  }

  /**
   * What to show to a client.
   * @param serverName the name he asks for by SNI; undefined if he asks for none.
   * @returns the identity whose certificate names it, else one with a wildcard for it, else the default
   *   one: the first file's, the authority's for the relay's own name, or the self-signed. The same
   *   object until it changes.
   */
  identityFor(serverName: string | undefined): TlsIdentity {
    return this.#best(serverName).identity;
  }

  /** Calls `listener` whenever identities have changed. @returns how to end that. */
  onChange(listener: () => void): () => void {
    this.#changes.on('change', listener);
    return () => void this.#changes.off('change', listener);
  }

  /** Short form of the default certificate's key if nobody vouches for it: agents have to be told. */
  get pin(): string | undefined {
    const { facts } = this.#best(undefined);
    return facts.selfSigned ? facts.pin : undefined;
  }

  get views(): CertificateView[] {
    const now = this.#options.now();
    return this.#held.map((held) => {
      const { names, issuer, notAfter, fingerprint } = held.facts;
      const finding = expiryOf(held, now)?.finding ?? null;
      return { names: [...names], issuer, notAfter, fingerprint, source: held.source, finding };
    });
  }

  /** Those that end soon or have ended. */
  get ending(): { names: readonly string[]; state: Expiry['state']; finding: string }[] {
    const now = this.#options.now();
    return this.#held.flatMap((held) => {
      const expiry = expiryOf(held, now);
      if (expiry === undefined) return [];
      return { names: held.facts.names, state: expiry.state, finding: expiry.finding };
    });
  }

  /** Looks after everything: once a second. Never rejects. */
  look(): Promise<void> {
    return this.#queue(true);
  }

  /** The same at once and without patience, because somebody says that files are in place. */
  reload(): Promise<void> {
    return this.#queue(false);
  }

  async close(): Promise<void> {
    await this.#options.acme?.close();
    await this.#looking;
  }

  /** An authority has issued: what it issued is in use from now on. */
  changed(): void {
    this.#changes.emit('change');
  }

  #queue(patient: boolean): Promise<void> {
    const { logger } = this.#options;
    const look = (): Promise<void> => this.#look(patient);
    this.#looking = this.#looking.then(look).catch((error: unknown) => {
      logger.error({ event: 'certificates-failed', err: error }, 'cannot look after certificates');
    });
    return this.#looking;
  }

  async #look(patient: boolean): Promise<void> {
    const { files, selfSigned, acme, now } = this.#options;
    const names = this.#options.names();
    let changed = (await files.look(patient)) || names.join() !== this.#names.join();
    this.#names = names;
    const wanted = certifiableNames(names).filter((name) => !this.#isInFiles(name));
    if (wanted.join() !== this.#wanted.join()) {
      this.#wanted = wanted;
      await acme?.want(wanted);
    }
    changed = ((await selfSigned?.look(names, now())) ?? false) || changed;
    if (changed) this.changed();
    acme?.look();
    this.#watch.look(this.#held, now());
  }

  #isInFiles(name: string): boolean {
    return this.#options.files.held.some((held) => suits(held, name) > 0);
  }

  get #held(): readonly Held[] {
    const { files, acme, selfSigned } = this.#options;
    const own = selfSigned === undefined ? [] : [selfSigned.held];
    return [...files.held, ...(acme?.held ?? []), ...own];
  }

  #best(serverName: string | undefined): Held {
    return (
      (serverName === undefined ? undefined : bestFor(this.#held, serverName)) ?? this.#default()
    );
  }

  #default(): Held {
    const { files, acme, selfSigned } = this.#options;
    const [relay] = this.#names;
    const issued = relay === undefined ? undefined : bestFor(acme?.held ?? [], relay);
    const held = files.held[0] ?? issued ?? selfSigned?.held;
    if (held === undefined) throw new Error('a relay without files has a certificate of its own');
    return held;
  }
}

/** The first that names it, else the first with a wildcard for it. */
function bestFor(held: readonly Held[], serverName: string): Held | undefined {
  const name = canonicalName(serverName);
  return held.find((one) => suits(one, name) === 2) ?? held.find((one) => suits(one, name) === 1);
}
