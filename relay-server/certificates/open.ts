import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ConfigError } from '../../shared/config.ts';
import type { HostPort } from '../../shared/config/values.ts';
import type { Logger } from '../../shared/log.ts';
import { readAuthority } from '../../shared/net/trusted-roots.ts';
import { AcmeSource } from './acme-source.ts';
import type { Proof } from './authority.ts';
import { certifiableNames } from './certifiable.ts';
import { Certificates } from './certificates.ts';
import { DnsHook } from './dns-hook.ts';
import { FilePairs, pairUp } from './file-pairs.ts';
import { HttpProof, listenForAuthorities } from './http-proof.ts';
import { KeptFiles } from './kept-files.ts';
import { SelfSigned } from './self-signed.ts';

/** What `gangway relay` was told about certificates. */
export interface CertificateConfig {
  readonly dataDir: string;
  readonly tlsCert: readonly string[];
  readonly tlsKey: readonly string[];
  readonly acme: boolean;
  readonly acmeEmail: string | undefined;
  readonly acmeDirectory: string;
  readonly acmeCa: string | undefined;
  readonly acmeHttp: HostPort;
  readonly acmeDnsHook: string | undefined;
}

export interface CertificateSurroundings {
  readonly names: () => readonly string[];
  readonly logger: Logger;
  /** Milliseconds since 1970; the clock of the system unless given. */
  readonly now?: () => number;
}

/** Certificates that are ready to be shown, and what came with them. */
export interface OpenCertificates {
  readonly certificates: Certificates;
  /** What authorities may ask for on the HTTP port, too. */
  readonly httpProof: HttpProof | undefined;
  /** Asks authorities for nothing more, and listens no more. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the certificates of a relay from their sources.
 * @throws ConfigError with everything that is wrong with named files; GangwayError `data-dir-unusable`.
 */
export async function openCertificates(
  config: CertificateConfig,
  { names, logger, now = Date.now }: CertificateSurroundings,
): Promise<OpenCertificates> {
  refuseIdleFlags(config);
  const files = await FilePairs.open({ files: pairUp(config.tlsCert, config.tlsKey), logger, now });
  const dir = join(config.dataDir, 'certificates');
  const kept = new KeptFiles(dir);
  const hasFiles = files.held.length > 0;
  const selfSigned = hasFiles
    ? undefined
    : await SelfSigned.open({ kept, names: names(), now: now(), logger });
  const httpProof = config.acme && config.acmeDnsHook === undefined ? new HttpProof() : undefined;
  const proof = httpProof ?? new DnsHook(config.acmeDnsHook ?? '');
  const changed = (): void => certificates.changed();
  const acme = config.acme
    ? await openAcme(config, { dir, proof, changed, logger, now })
    : undefined;
  const certificates: Certificates = new Certificates({
    files,
    selfSigned,
    acme,
    names,
    logger,
    now,
  });
  if (config.acme && certifiableNames(names()).length === 0) warnOfNoName(logger);
  const unlisten = httpProof && (await listenForAuthorities(config.acmeHttp, httpProof, logger));
  await certificates.look();
  const close = async (): Promise<void> => {
    await unlisten?.();
    await certificates.close();
  };
  return { certificates, httpProof, close };
}

interface AcmeSurroundings {
  readonly dir: string;
  readonly proof: Proof;
  readonly changed: () => void;
  readonly logger: Logger;
  readonly now: () => number;
}

/** A folder for each directory: an account is one directory's, and a trial authority's certificates are no good. */
async function openAcme(config: CertificateConfig, around: AcmeSurroundings): Promise<AcmeSource> {
  const { proof, dir, ...rest } = around;
  const { acmeDirectory: directory, acmeEmail: email } = config;
  const ca = readAuthority(config.acmeCa, '--acme-ca');
  const id = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  const kept = new KeptFiles(join(dir, `acme-${id}`));
  // Loaded only here: it is large, and most relays need none of it.
  const { AcmeAuthority, newAccountKey } = await import('./acme-authority.ts');
  const accountKey = (await kept.read(ACCOUNT_KEY)) ?? (await newAccountKey());
  await kept.write(ACCOUNT_KEY, accountKey);
  const authority = new AcmeAuthority({ directory, email, accountKey, proof, ca });
  return new AcmeSource({ ...rest, kept, authority });
}

const ACCOUNT_KEY = 'account.key';

function warnOfNoName(logger: Logger): void {
  const remedy = 'Name the relay with --public-host, by a host name whose DNS record leads here.';
  logger.error({ event: 'acme-no-name', remedy }, 'there is no name to ask a certificate for');
}

/** A flag that does nothing was meant to do something. @throws ConfigError */
function refuseIdleFlags({ acme, acmeEmail, acmeCa, acmeDnsHook }: CertificateConfig): void {
  if (acme) return;
  const idle = { '--acme-email': acmeEmail, '--acme-ca': acmeCa, '--acme-dns-hook': acmeDnsHook };
  const problems = Object.entries(idle)
    .filter(([, value]) => value !== undefined)
    .map(([source, value]) => ({
      source,
      value,
      problem: 'does nothing without --acme',
      remedy: 'Give --acme as well, or leave it out.',
    }));
  if (problems.length > 0) throw new ConfigError(problems);
}
