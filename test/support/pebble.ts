/** Debian's pebble, an ACME server for tests, with its own DNS server for the names it checks. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { testAuthority } from './certificates.ts';
import { unpackedPackage } from './debian.ts';
import { reservePortBlock } from './ports.ts';

/** A running ACME server. Every name it is asked for leads to 127.0.0.1. */
export interface Pebble {
  /** URL of its directory, and the PEM file of the authority that vouches for that URL. */
  readonly directory: string;
  readonly caFile: string;
  /** Where it looks for HTTP-01 answers, in place of port 80. */
  readonly httpPort: number;
  /** PEM of the root of what it issues. */
  readonly root: string;
  /** A program for `--acme-dns-hook` that publishes records where pebble looks for them. */
  readonly dnsHook: string;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 15_000;
const RETRY_MS = 20;

/** @throws Error with what it printed when it does not start. */
export async function startPebble(): Promise<Pebble> {
  const ports = await reservePortBlock(6);
  const [acme = 0, management = 0, httpPort = 0, tlsPort = 0, dns = 0, records = 0] = Array.from(
    { length: 6 },
    (_, index) => ports.first + index,
  );
  const folder = await mkdtemp(join(tmpdir(), 'gangway-pebble-'));
  const authority = await testAuthority();
  const own = await authority.issue({ names: [HOST] });
  const config = join(folder, 'pebble.json');
  const listens = {
    listenAddress: `${HOST}:${acme}`,
    managementListenAddress: `${HOST}:${management}`,
  };
  const shows = { certificate: own.certFile, privateKey: own.keyFile };
  await writeFile(config, JSON.stringify({ pebble: { ...listens, ...shows, httpPort, tlsPort } }));
  const dnsHook = join(folder, 'dns-hook');
  await writeFile(dnsHook, hookText(records), { mode: 0o755 });
  const isDnsOnly = ['-http01', '', '-https01', '', '-tlsalpn01', ''];
  const bindings = ['-dns01', `${HOST}:${dns}`, '-management', `${HOST}:${records}`];
  const leadsTo = ['-defaultIPv4', HOST, '-defaultIPv6', ''];
  const programs = [
    run('pebble-challtestsrv', [...bindings, ...leadsTo, ...isDnsOnly]),
    run('pebble', ['-config', config, '-dnsserver', `${HOST}:${dns}`]),
  ];
  const stop = async (): Promise<void> => {
    await Promise.all(programs.map((program) => program.kill()));
    await ports.release();
    await rm(folder, { recursive: true, force: true });
  };
  const url = (port: number, path: string): string => `https://${HOST}:${port}${path}`;
  const directory = url(acme, '/dir');
  try {
    await answers(directory, authority.ca, programs);
    const root = await get(url(management, '/roots/0'), authority.ca);
    return { directory, caFile: authority.caFile, httpPort, root, dnsHook, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Program {
  output(): string;
  kill(): Promise<void>;
}

/** No wait before a name is checked; that a twentieth of all nonces is refused stays as it is. */
const ENVIRONMENT = { PEBBLE_VA_NOSLEEP: '1' };

function run(name: string, args: readonly string[]): Program {
  const path = join(unpackedPackage('pebble'), 'usr/bin', name);
  const child: ChildProcess = spawn(path, args, {
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const endWithTests = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithTests);
  const ended = once(child, 'close');
  return {
    output: () => output,
    kill: async () => {
      process.off('exit', endWithTests);
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A listener that appears sends nobody an event. */
async function answers(url: string, ca: string, programs: readonly Program[]): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      await get(url, ca);
      return;
    } catch (cause) {
      if (performance.now() > deadline) {
        const output = programs.map((program) => program.output()).join('\n');
        throw new Error(`pebble did not start: ${output}`, { cause });
      }
      await delay(RETRY_MS);
    }
  }
}

async function get(url: string, ca: string): Promise<string> {
  const asked = request(url, { ca, agent: false });
  asked.end();
  const [response] = (await once(asked, 'response')) as [NodeJS.ReadableStream];
  return text(response);
}

function hookText(management: number): string {
  return `#!/bin/sh
case "$1" in
  present) exec curl -sSf -d "{\\"host\\":\\"$2.\\",\\"value\\":\\"$3\\"}" http://${HOST}:${management}/set-txt ;;
  cleanup) exec curl -sSf -d "{\\"host\\":\\"$2.\\"}" http://${HOST}:${management}/clear-txt ;;
esac
exit 2
`;
}
