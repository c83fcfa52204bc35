import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFolderLock } from './folder-lock.ts';
import { runProgram } from './program.ts';

/** The account the real servers log in; it has no password, no shell and no home. */
export const TEST_ACCOUNT = 'gangway-test';
/** The password the servers ask for; each server checks it in its own way, never against the system. */
export const TEST_PASSWORD = 'gangway-test-password';
/** crypt(3) of {@link TEST_PASSWORD}, for servers with a password file of their own. */
export const TEST_PASSWORD_HASH =
  '$6$gangwaytest$QNyieVHDa6mDvbL8FXRDIa6qDe0H9SQ6cysnA122rDMa7RZq8ckycixm/hVJ4xKUqdJ.nwNjWiUQ1nKBFAcTb.';
/** PAM service for vsftpd, which can ask nobody but PAM. */
export const PAM_SERVICE = 'gangway-test';
/** Where packages are unpacked: one folder a package. */
export const DEBIAN_ROOT = join(import.meta.dirname, '..', '.cache', 'debian');

/** What could not be provided: a sentence each, fit for a test's skip message. */
export interface Provision {
  readonly missing: readonly string[];
}

/** Program → package, installed on the machine because they conflict with nothing. */
const CLIENTS: Readonly<Record<string, string>> = {
  '/usr/bin/curl': 'curl',
  '/usr/bin/lftp': 'lftp',
  '/usr/bin/ncftp': 'ncftp',
  '/usr/bin/tnftp': 'tnftp',
  '/usr/bin/wget': 'wget',
  '/usr/bin/python3': 'python3',
};
/** Unpacked, not installed: the servers conflict with each other and would start at once. */
const UNPACKED: readonly string[] = [
  'vsftpd',
  'libwrap0',
  'proftpd-core',
  'proftpd-mod-crypto',
  'libhiredis0.14',
  'libhashkit2',
  'libmemcached11',
  'libmemcachedutil2',
  'libpcre2-posix3',
  'pure-ftpd',
  'pure-ftpd-common',
  'libsodium23',
  'python3-pyftpdlib',
  'python3-openssl',
  'python3-cryptography',
  'python3-cffi-backend',
  'libpam-pwdfile',
  'haproxy',
  'liblua5.3-0',
  'libopentracing-c-wrapper0',
  'libopentracing1',
  'pebble',
];
/** What benchmarks compare with: HAProxy is among the above, sshd would start at once. */
const SSHD = 'openssh-server';
const SSH: Readonly<Record<string, string>> = {
  '/usr/bin/ssh': 'openssh-client',
  '/usr/bin/ssh-keygen': 'openssh-client',
};
/** For namespaces with networks of their own. */
const NETWORK_TOOLS: Readonly<Record<string, string>> = {
  '/usr/sbin/ip': 'iproute2',
  '/usr/sbin/nft': 'nftables',
  '/usr/sbin/sysctl': 'procps',
};
const CHROMIUM = '/usr/bin/chromium';
const PAM_FILE = `/etc/pam.d/${PAM_SERVICE}`;
const PASSWORD_FILE = join(DEBIAN_ROOT, 'passwd');
const APT_TIMEOUT_MS = 300_000;
const APT_ENV = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };

/**
 * Provides the real FTP clients and servers: installs the clients, unpacks the servers below
 * {@link DEBIAN_ROOT}, creates one account and one PAM service. Costs nothing the second time.
 * @throws Error with CI=true when anything is missing: there nothing is skipped.
 */
export async function ensureDebianPackages(): Promise<Provision> {
  return provide('the real FTP servers and clients', everythingIsThere, async () => {
    await installPackages(CLIENTS);
    await unpack(UNPACKED);
    await createAccount();
    await writeFile(PASSWORD_FILE, `${TEST_ACCOUNT}:${TEST_PASSWORD_HASH}\n`, { mode: 0o600 });
    await writeFile(PAM_FILE, await pamText());
  });
}

/** Installs the programs that make networks in namespaces and NAT between them. @throws as above. */
export async function ensureNetworkTools(): Promise<Provision> {
  const isThere = (): Promise<boolean> =>
    Promise.resolve(Object.keys(NETWORK_TOOLS).every((path) => existsSync(path)));
  return provide('iproute2, nftables and procps', isThere, () => installPackages(NETWORK_TOOLS));
}

/** Provides OpenSSH and HAProxy, unpacked where they would start by themselves. @throws as above. */
export async function ensureReferences(): Promise<Provision> {
  const unpacked = [...UNPACKED, SSHD];
  const isThere = (): Promise<boolean> => {
    const programs = Object.keys(SSH).every((path) => existsSync(path));
    return Promise.resolve(programs && unpacked.every((name) => existsSync(stampOf(name))));
  };
  return provide('OpenSSH and HAProxy', isThere, async () => {
    await installPackages(SSH);
    await unpack(unpacked);
  });
}

/** Installs Debian's Chromium; apart from the rest because it is large. @throws as above. */
export async function ensureChromium(): Promise<Provision & { readonly path: string }> {
  const isThere = (): Promise<boolean> => Promise.resolve(existsSync(CHROMIUM));
  if (await isThere()) return { missing: [], path: CHROMIUM };
  const install = (): Promise<void> => installPackages({ [CHROMIUM]: 'chromium' });
  return { ...(await provide('Chromium and its libraries', isThere, install)), path: CHROMIUM };
}

/** Folder of an unpacked package. */
export function unpackedPackage(name: string): string {
  return join(DEBIAN_ROOT, name);
}

/** LD_LIBRARY_PATH of the unpacked libraries, for programs that were not installed. */
export async function unpackedLibraries(): Promise<string> {
  const architectures = await readdir(join(unpackedPackage('libhiredis0.14'), 'usr', 'lib'));
  return UNPACKED.filter((name) => name.startsWith('lib'))
    .flatMap((name) => architectures.map((arch) => join(unpackedPackage(name), 'usr/lib', arch)))
    .join(':');
}

async function provide(
  what: string,
  isThere: () => Promise<boolean>,
  work: () => Promise<void>,
): Promise<Provision> {
  const missing = await tryToProvide(isThere, work);
  if (missing === undefined) return { missing: [] };
  const sentence = `${what} are not available: ${missing}.`;
  if (process.env['CI'] === 'true') throw new Error(sentence);
  return { missing: [sentence] };
}

async function tryToProvide(
  isThere: () => Promise<boolean>,
  work: () => Promise<void>,
): Promise<string | undefined> {
  const reason = whyNotHere();
  if (reason !== undefined) return reason;
  if (await isThere()) return undefined;
  try {
    await withFolderLock(join(DEBIAN_ROOT, '..', 'debian.lock'), async () => {
      // Another test process may have done it meanwhile.
      if (!(await isThere())) await work();
    });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The servers, too, have to be started by root. */
function whyNotHere(): string | undefined {
  if (!existsSync('/etc/debian_version') || !existsSync('/usr/bin/apt-get')) {
    return 'this is not a Debian system';
  }
  return process.getuid?.() === 0 ? undefined : 'they need root';
}

async function everythingIsThere(): Promise<boolean> {
  const programs = Object.keys(CLIENTS).every((path) => existsSync(path));
  const packages = UNPACKED.every((name) => existsSync(stampOf(name)));
  if (!programs || !packages || !(await accountExists())) return false;
  return (await readFile(PAM_FILE, 'utf8').catch(() => '')) === (await pamText());
}

/** Written last, so that a package whose unpacking was cut short counts as absent. */
function stampOf(name: string): string {
  return join(DEBIAN_ROOT, `${name}.unpacked`);
}

async function installPackages(wanted: Readonly<Record<string, string>>): Promise<void> {
  const absent = Object.entries(wanted)
    .filter(([path]) => !existsSync(path))
    .map(([, name]) => name);
  if (absent.length === 0) return;
  await apt(['install', '-y', '--no-install-recommends', ...new Set(absent)]);
}

async function unpack(names: readonly string[]): Promise<void> {
  const absent = names.filter((name) => !existsSync(stampOf(name)));
  if (absent.length === 0) return;
  const archives = join(DEBIAN_ROOT, 'archives');
  await rm(archives, { recursive: true, force: true });
  await mkdir(archives, { recursive: true });
  await apt(['download', ...absent], archives);
  for (const file of await readdir(archives)) {
    const name = file.slice(0, file.indexOf('_'));
    const folder = unpackedPackage(name);
    await rm(folder, { recursive: true, force: true });
    await must('dpkg-deb', ['-x', join(archives, file), folder]);
    await writeFile(stampOf(name), file);
  }
  await rm(archives, { recursive: true, force: true });
}

/** A stale package index is the usual cause of a failure, so it is renewed before the second try. */
async function apt(args: readonly string[], cwd = '/'): Promise<void> {
  const full = ['-o', 'DPkg::Lock::Timeout=120', '-o', 'APT::Sandbox::User=root', ...args];
  const options = { cwd, env: APT_ENV, timeoutMs: APT_TIMEOUT_MS };
  const first = await runProgram('apt-get', full, options);
  if (first.status === 0) return;
  await runProgram('apt-get', ['-o', 'DPkg::Lock::Timeout=120', 'update'], options);
  await must('apt-get', full, cwd);
}

async function must(command: string, args: readonly string[], cwd = '/'): Promise<void> {
  const options = { cwd, env: APT_ENV, timeoutMs: APT_TIMEOUT_MS };
  const result = await runProgram(command, args, options);
  if (result.status === 0) return;
  throw new Error(`${command} ${args.join(' ')}: ${result.stderr.toString().trim()}`);
}

/** The account's line of /etc/passwd, as user and group id. @throws Error when there is none. */
export async function testAccountIds(): Promise<{ uid: number; gid: number }> {
  const passwd = await readFile('/etc/passwd', 'utf8');
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find((line) => line[0] === TEST_ACCOUNT);
  if (fields === undefined) throw new Error(`there is no account ${TEST_ACCOUNT}`);
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}

/**
 * vsftpd's logins: against a password file of their own, so that the account needs no password with
 * which somebody could log in elsewhere.
 */
async function pamText(): Promise<string> {
  const libraries = unpackedPackage('libpam-pwdfile');
  const folders = await readdir(libraries, { recursive: true });
  const module = folders.find((path) => path.endsWith('/pam_pwdfile.so'));
  if (module === undefined) throw new Error(`there is no pam_pwdfile.so below ${libraries}`);
  return `auth required ${join(libraries, module)} pwdfile ${PASSWORD_FILE}
account required pam_permit.so
session required pam_permit.so
`;
}

async function accountExists(): Promise<boolean> {
  return testAccountIds().then(
    () => true,
    () => false,
  );
}

/** An ordinary number (1000 or more): pure-ftpd lets no lower one in. A home that exists: vsftpd goes there first. */
async function createAccount(): Promise<void> {
  if (await accountExists()) return;
  const shape = ['--no-create-home', '--user-group', '--home-dir', '/'];
  await must('useradd', [...shape, '--shell', '/usr/sbin/nologin', TEST_ACCOUNT]);
}
