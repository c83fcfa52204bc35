/** Debian's HAProxy, for tests of the PROXY protocol and to compare with. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { unpackedLibraries, unpackedPackage } from './debian.ts';
import { dial, type Address } from './raw-client.ts';

/** A running HAProxy. */
export interface Haproxy {
  readonly pid: number;
  stop(): Promise<void>;
}

const DEFAULTS = `global
  maxconn 100
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
`;
const START_TIMEOUT_MS = 10_000;
const RETRY_MS = 10;

/**
 * Starts HAProxy and waits until it listens.
 * @param sections lines of its configuration behind the defaults
 * @param listens where it listens when it has started; a connection is made there
 * @throws Error with what it printed when it does not start
 */
export async function startHaproxy(
  sections: readonly string[],
  listens: Address,
): Promise<Haproxy> {
  const folder = await mkdtemp(join(tmpdir(), 'gangway-haproxy-'));
  const file = join(folder, 'haproxy.cfg');
  await writeFile(file, `${DEFAULTS}${sections.join('\n')}\n`);
  const child = spawn(join(unpackedPackage('haproxy'), 'usr/sbin/haproxy'), ['-db', '-f', file], {
    env: { LD_LIBRARY_PATH: await unpackedLibraries() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const endWithTests = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithTests);
  const ended = once(child, 'close');
  const stop = async (): Promise<void> => {
    process.off('exit', endWithTests);
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const deadline = performance.now() + START_TIMEOUT_MS;
  // A listener that appears sends nobody an event.
  while (!(await isListening(listens))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error(`HAProxy did not start: ${output}`);
    }
    await delay(RETRY_MS);
  }
  return { pid: child.pid ?? 0, stop };
}

async function isListening(at: Address): Promise<boolean> {
  try {
    (await dial(at)).socket.destroy();
    return true;
  } catch {
    return false;
  }
}
