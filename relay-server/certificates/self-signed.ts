import 'reflect-metadata';
import { createPrivateKey, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { CERTIFICATE_LIMITS } from '../limits.ts';
import type { Logger } from '../../shared/log.ts';
import { canonicalName, type CertificateFacts } from '../../shared/net/certificate-facts.ts';
import { checkIdentity, type Held } from './held.ts';
import type { KeptFiles } from './kept-files.ts';

const KEY_FILE = 'self-signed.key';
const CERT_FILE = 'self-signed.crt';
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const RENEWAL = 'The relay makes a new one with the same key by itself.';
const NO_CERTIFICATE = '';

export interface SelfSignedOptions {
  readonly kept: KeptFiles;
  /** Names and addresses the relay is reached by. */
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly logger: Logger;
}

/**
 * A certificate of the relay's own making, so that TLS is on from the first start. Its key is made once:
 * agents pin it. The certificate around it is made anew when names are added or it grows old.
 */
export class SelfSigned {
  readonly #kept: KeptFiles;
  #held: Held;

  private constructor(kept: KeptFiles, held: Held) {
    this.#kept = kept;
    this.#held = held;
  }

  /** @throws GangwayError `data-dir-unusable`. */
  static async open(options: SelfSignedOptions): Promise<SelfSigned> {
    const { kept, names, now } = options;
    const key = (await usableKey(options)) ?? (await newKey(kept));
    const cert = (await kept.read(CERT_FILE)) ?? NO_CERTIFICATE;
    const checked = checkIdentity({ cert, key }, now);
    const isGood = checked.ok && isLasting(checked.facts, now) && covers(checked.facts, names);
    const held = isGood ? heldOf(cert, key, checked.facts) : await make(kept, key, names, now);
    return new SelfSigned(kept, held);
  }

  get held(): Held {
    return this.#held;
  }

  /** Where others find the certificate to trust it. */
  get certFile(): string {
    return this.#kept.path(CERT_FILE);
  }

  /** Makes it anew with its key if that is due. @returns whether it was. @throws as {@link open}. */
  async look(names: readonly string[], now: number): Promise<boolean> {
    const { facts, identity } = this.#held;
    if (isLasting(facts, now) && covers(facts, names)) return false;
    this.#held = await make(this.#kept, identity.key, names, now);
    return true;
  }
}

/** Two thirds of its life are not over. */
function isLasting({ notBefore, notAfter }: CertificateFacts, now: number): boolean {
  return now < notBefore + ((notAfter - notBefore) * 2) / 3;
}

function covers(facts: CertificateFacts, names: readonly string[]): boolean {
  return subjects(names).every((name) => facts.names.includes(name));
}

function subjects(names: readonly string[]): string[] {
  const distinct = [...new Set(names.map(canonicalName))];
  return distinct.slice(0, CERTIFICATE_LIMITS.names);
}

/** The kept key. One that is damaged is replaced, or the relay could not be reached at all. */
async function usableKey({ kept, logger }: SelfSignedOptions): Promise<string | undefined> {
  const pem = await kept.read(KEY_FILE);
  if (pem === undefined) return undefined;
  try {
    if (createPrivateKey(pem).asymmetricKeyType === 'ec') return pem;
  } catch {
    // What is no key at all is told of as one of the wrong kind is.
  }
  logger.error(
    { event: 'self-signed-key-damaged', file: kept.path(KEY_FILE) },
    'the key is replaced; agents that know the old one need a new code (`gangway agent-code TUNNEL`)',
  );
  return undefined;
}

async function newKey(kept: KeptFiles): Promise<string> {
  const { privateKey } = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', privateKey);
  const pem = `${PemConverter.encode(pkcs8, PemConverter.PrivateKeyTag)}\n`;
  await kept.write(KEY_FILE, pem);
  return pem;
}

async function make(
  kept: KeptFiles,
  key: string,
  names: readonly string[],
  now: number,
): Promise<Held> {
  const cert = await sign(key, subjects(names), now);
  await kept.write(CERT_FILE, cert);
  const checked = checkIdentity({ cert, key }, now);
  if (!checked.ok) throw new Error(`the certificate just made ${checked.unfit.problem}`);
  return heldOf(cert, key, checked.facts);
}

function heldOf(cert: string, key: string, facts: CertificateFacts): Held {
  return { identity: { cert, key }, facts, source: 'self-signed', renewal: RENEWAL };
}

async function sign(key: string, names: readonly string[], now: number): Promise<string> {
  const keys = await keyPair(key);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Gangway relay',
    keys,
    notBefore: new Date(now - CERTIFICATE_LIMITS.clockSkew),
    notAfter: new Date(now + CERTIFICATE_LIMITS.selfSignedLife),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({
          type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const),
          value,
        })),
      ),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

async function keyPair(pem: string): Promise<webcrypto.CryptoKeyPair> {
  const { subtle } = webcrypto;
  const pkcs8 = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  const privateKey = await subtle.importKey('pkcs8', pkcs8, ALGORITHM, true, ['sign']);
  const { kty, crv, x, y } = await subtle.exportKey('jwk', privateKey);
  const half = { kty, crv, x, y } as webcrypto.JsonWebKey;
  return {
    privateKey,
    publicKey: await subtle.importKey('jwk', half, ALGORITHM, true, ['verify']),
  };
}
