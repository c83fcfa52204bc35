import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { unpackedLibraries, unpackedPackage } from '../support/debian.ts';
import { runProgram } from '../support/program.ts';
import { gangwayVersion } from '../../shared/version.ts';

/** What the figures depend on, a line each; no name or path of the machine. */
export async function describeMachine(): Promise<string> {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `- ${cpus().length} × ${first?.model ?? 'CPU'}, ${memory} GiB, Linux ${release()}, ${system()}`,
    `- Gangway ${gangwayVersion()}, Node ${process.versions.node}, OpenSSL ${process.versions.openssl}`,
    `- ${(await references()).join(', ')}`,
    `- TCP: ${await congestionControl()}, all on loopback unless said`,
  ].join('\n');
}

function system(): string {
  const lines = readFileSync('/etc/os-release', 'utf8');
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(lines)?.[1] ?? 'an unknown system';
}

async function congestionControl(): Promise<string> {
  return (await readFile('/proc/sys/net/ipv4/tcp_congestion_control', 'utf8')).trim();
}

/** Versions of what is compared with, as the programs say them. */
async function references(): Promise<string[]> {
  const haproxy = join(unpackedPackage('haproxy'), 'usr/sbin/haproxy');
  const library = await unpackedLibraries().catch(() => '');
  return [
    await firstWords('/usr/bin/ssh', ['-V'], /^\S+/, {}),
    await firstWords(haproxy, ['-v'], /^HAProxy version [\w.]+/, { LD_LIBRARY_PATH: library }),
  ];
}

async function firstWords(
  program: string,
  args: readonly string[],
  words: RegExp,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  try {
    const { stdout, stderr } = await runProgram(program, args, { env });
    return words.exec(stdout.toString() + stderr.toString())?.[0] ?? 'unknown';
  } catch {
    return 'not there';
  }
}
