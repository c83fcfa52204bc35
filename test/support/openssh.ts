/** Debian's OpenSSH: a tunnel to compare with, `ssh -R` to an sshd of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { unpackedLibraries, unpackedPackage } from './debian.ts';
import { reservePortBlock } from './ports.ts';
import { runProgram } from './program.ts';
import { dial } from './raw-client.ts';

/** A running `ssh -R` with its sshd. */
export interface SshTunnel {
  /** The sshd; what serves the connection is below it. */
  readonly serverPid: number;
  readonly clientPid: number;
  stop(): Promise<void>;
}

/** What is forwarded: as many ports in a row at the sshd as at the client, on 127.0.0.1. */
export interface SshForwarding {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** As `-c` has it; OpenSSH's own choice by default. */
  readonly cipher?: string;
}

const HOST = '127.0.0.1';
/**
 * An account that every Debian has. Not root, for whom sshd wants an account of its own, too, and not nobody,
 * whom systemd says to be locked.
 */
const ACCOUNT = { name: 'daemon', uid: 1, gid: 1 };
const START_TIMEOUT_MS = 15_000;
const RETRY_MS = 20;
/** Nobody but this run knows the key, and no machine's configuration has a say. */
const CLIENT_OPTIONS = [
  'BatchMode=yes',
  'ExitOnForwardFailure=yes',
  'IdentitiesOnly=yes',
  'StrictHostKeyChecking=no',
  'UserKnownHostsFile=/dev/null',
  'LogLevel=ERROR',
];

/** Starts an sshd and a client that forwards to it. @throws Error with what they printed */
export async function startSshTunnel(forwarding: SshForwarding): Promise<SshTunnel> {
  const folder = await mkdtemp(join(tmpdir(), 'gangway-ssh-'));
  const ports = await reservePortBlock(1);
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const child of children.toReversed()) await end(child);
    await ports.release();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await makeKeys(folder);
    const server = await startSshd(folder, ports.first);
    children.push(server.child);
    await listens(ports.first, server);
    const client = startClient(folder, ports.first, forwarding);
    children.push(client.child);
    await listens(forwarding.from + forwarding.count - 1, client);
    return { serverPid: server.child.pid ?? 0, clientPid: client.child.pid ?? 0, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A program with what it printed so far. */
interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
}

async function makeKeys(folder: string): Promise<void> {
  for (const name of ['host', 'user']) {
    const args = ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)];
    const { status, stderr } = await runProgram('/usr/bin/ssh-keygen', args);
    if (status !== 0) throw new Error(`ssh-keygen: ${stderr.toString()}`);
  }
  const { uid, gid } = ACCOUNT;
  for (const name of ['', 'host', 'user.pub']) await chown(join(folder, name), uid, gid);
}

async function startSshd(folder: string, port: number): Promise<Started> {
  const config = join(folder, 'sshd_config');
  const lines = [
    `ListenAddress ${HOST}:${port}`,
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'user.pub')}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'LogLevel ERROR',
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  const program = join(unpackedPackage('openssh-server'), 'usr/sbin/sshd');
  const env = { LD_LIBRARY_PATH: await unpackedLibraries() };
  return start(program, ['-D', '-e', '-f', config], { env, uid: ACCOUNT.uid, gid: ACCOUNT.gid });
}

function startClient(folder: string, port: number, forwarding: SshForwarding): Started {
  const { from, to, count, cipher } = forwarding;
  const forwards = Array.from({ length: count }, (_, i) => [
    '-R',
    `${HOST}:${from + i}:${HOST}:${to + i}`,
  ]);
  return start('/usr/bin/ssh', [
    '-N',
    '-F',
    'none',
    `-i${join(folder, 'user')}`,
    `-p${port}`,
    ...CLIENT_OPTIONS.flatMap((option) => ['-o', option]),
    ...(cipher === undefined ? [] : [`-c${cipher}`]),
    ...forwards.flat(),
    `${ACCOUNT.name}@${HOST}`,
  ]);
}

function start(
  program: string,
  args: readonly string[],
  options: { env?: Record<string, string>; uid?: number; gid?: number } = {},
): Started {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const endWithTests = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithTests);
  child.once('exit', () => process.off('exit', endWithTests));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.on('error', (error) => (output += error.message));
  return { child, output: () => output };
}

/** Waits for a listener, which sends nobody an event. */
async function listens(port: number, { child, output }: Started): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      (await dial({ host: HOST, port })).socket.destroy();
      return;
    } catch {
      const over = child.exitCode !== null || child.pid === undefined;
      if (over || performance.now() > deadline) throw new Error(`OpenSSH: ${output()}`);
    }
    await delay(RETRY_MS);
  }
}

/** sshd ends its sessions on SIGTERM; the client ends with its connection. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
