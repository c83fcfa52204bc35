import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  type X509Certificate,
} from '@peculiar/x509';

/** What a test wants of a certificate. */
export interface Wanted {
  /** Names and addresses it is for; the first is its subject. */
  readonly names: readonly string[];
  /** 30 days ago unless said. */
  readonly notBefore?: Date;
  /** In 30 days unless said. */
  readonly notAfter?: Date;
}

/** A certificate with the chain to its root and its key, as text and as files. */
export interface Issued {
  /** PEM: the certificate, then the intermediate one. */
  readonly cert: string;
  /** PEM, PKCS #8. */
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** Both in one file, as some servers want it. */
  readonly bothFile: string;
  /** SHA-256 of the certificate, hexadecimal, lower-case. */
  readonly fingerprint: string;
}

/** A certificate authority that no system trusts: a root, and an intermediate that signs. */
export interface TestAuthority {
  /** PEM of the root. */
  readonly ca: string;
  readonly caFile: string;
  /** ECDSA P-256 with SHA-256. */
  issue(wanted: Wanted): Promise<Issued>;
}

const DAY_MS = 86_400_000;
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** Makes a new authority in a folder below the system's temporary one. */
export async function testAuthority(): Promise<TestAuthority> {
  const folder = await mkdtemp(join(tmpdir(), 'gangway-ca-'));
  const root = await authority('Gangway test root');
  const signer = await authority('Gangway test intermediate', root);
  const caFile = join(folder, 'ca.pem');
  const ca = root.certificate.toString('pem');
  await writeFile(caFile, ca);
  let issued = 0;
  return {
    ca,
    caFile,
    issue: async (wanted) => {
      issued += 1;
      const base = join(folder, String(issued));
      const { certificate, keys } = await leaf(wanted, signer);
      const cert = [certificate, signer.certificate].map((one) => one.toString('pem')).join('\n');
      const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
      const key = PemConverter.encode(pkcs8, PemConverter.PrivateKeyTag);
      const [certFile, keyFile, bothFile] = [`${base}.crt`, `${base}.key`, `${base}.pem`];
      await writeFile(certFile, `${cert}\n`);
      await writeFile(keyFile, `${key}\n`, { mode: 0o600 });
      await writeFile(bothFile, `${cert}\n${key}\n`, { mode: 0o600 });
      const digest = await certificate.getThumbprint('SHA-256');
      const fingerprint = Buffer.from(digest).toString('hex');
      return { cert, key, certFile, keyFile, bothFile, fingerprint };
    },
  };
}

interface Signer {
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

async function authority(name: string, issuer?: Signer): Promise<Signer> {
  const keys = await newKeys();
  const path = issuer === undefined ? 1 : 0;
  const certificate = await X509CertificateGenerator.create({
    ...period({}),
    subject: `CN=${name}`,
    issuer: issuer?.certificate.subject ?? `CN=${name}`,
    publicKey: keys.publicKey,
    signingKey: issuer?.keys.privateKey ?? keys.privateKey,
    signingAlgorithm: EC,
    extensions: [
      new BasicConstraintsExtension(true, path, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, keys };
}

async function leaf(wanted: Wanted, signer: Signer): Promise<Signer> {
  const keys = await newKeys();
  const names = wanted.names.map((value) => ({
    type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const),
    value,
  }));
  const certificate = await X509CertificateGenerator.create({
    ...period(wanted),
    subject: `CN=${wanted.names[0] ?? 'nobody'}`,
    issuer: signer.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: EC,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new SubjectAlternativeNameExtension(names),
      await AuthorityKeyIdentifierExtension.create(signer.certificate),
    ],
  });
  return { certificate, keys };
}

function period({ notBefore, notAfter }: Partial<Wanted>): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return {
    notBefore: notBefore ?? new Date(now - 30 * DAY_MS),
    notAfter: notAfter ?? new Date(now + 30 * DAY_MS),
  };
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
}
