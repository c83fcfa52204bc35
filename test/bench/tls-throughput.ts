/**
 * What TLS costs one large file: a download and an upload by curl, with TLS on the public side, on the
 * server side, on both and on none, as a ratio to the same without TLS through Gangway and to FTPS without
 * Gangway. Real vsftpd; rounds are interleaved, and a ratio is the median of the rounds'. CPU is in
 * seconds a gigabyte.
 *
 *     TMPDIR=/dev/shm node test/bench/tls-throughput.ts [--megabytes 1000] [--rounds 3]
 */
import assert from 'node:assert/strict';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { testAuthority } from '../support/certificates.ts';
import { curl, type ClientTls } from '../support/clients/index.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import { serveTunnel, startRelay, type ServedTunnel } from '../support/gangway.ts';
import { startVsftpd, type RealServer, type ServerTls } from '../support/servers/index.ts';
import { cpuSeconds, median } from './measures.ts';

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
  },
});
const BYTES = Number(values.megabytes) * 1e6;
const ROUNDS = Number(values.rounds);
const DIRECTIONS = ['download', 'upload'] as const;
const FILE = 'big';
const UPLOADED = 'up';

type Direction = (typeof DIRECTIONS)[number];
const WAYS = [
  'direct, plain',
  'direct, FTPS',
  'gangway, plain',
  'gangway, TLS with the client',
  'gangway, TLS with the server',
  'gangway, TLS with both',
] as const;
type WayName = (typeof WAYS)[number];

interface Way {
  readonly server: RealServer;
  readonly port: number;
  readonly tls?: ClientTls;
  readonly tunnel?: ServedTunnel;
}

/** Seconds of one transfer, and seconds of CPU by process. */
interface Sample {
  readonly seconds: number;
  readonly cpu: Readonly<Record<'curl' | 'relay' | 'agent', number>>;
}

type Cpu = Sample['cpu'];

const closing: (() => unknown)[] = [];
await ensureDebianPackages();
try {
  const { ways, relayPid } = await build();
  for (const direction of DIRECTIONS) report(direction, await measure(ways, relayPid, direction));
} finally {
  for (const close of closing.toReversed()) await close();
}

async function build(): Promise<{ ways: Record<WayName, Way>; relayPid: number }> {
  const authority = await testAuthority();
  const issued = await authority.issue({ names: ['localhost', '127.0.0.1'] });
  const plain = await startServer(undefined);
  const secure = await startServer({ issued, mode: 'required' });
  const relay = await startRelay({
    flags: [`--tls-cert=${issued.certFile}`, `--tls-key=${issued.keyFile}`],
  });
  closing.push(() => relay.stop());
  const tunnelFlags = ['--tls=optional', '--tls-data=optional'];
  const serve = async (server: RealServer, agentFlags: string[]): Promise<ServedTunnel> => {
    const name = agentFlags.length === 0 ? 'plain' : 'secure';
    const tunnel = await serveTunnel(relay, server, { name, tunnelFlags, agentFlags });
    closing.push(() => tunnel.close());
    return tunnel;
  };
  const toPlain = await serve(plain, []);
  const toSecure = await serve(secure, [
    '--server-tls=explicit',
    `--server-ca=${authority.caFile}`,
  ]);
  const tls: ClientTls = { mode: 'explicit', data: 'P', caFile: authority.caFile };
  const through = (server: RealServer, tunnel: ServedTunnel): Way => ({
    server,
    port: tunnel.port,
    tunnel,
  });
  const ways = {
    'direct, plain': { server: plain, port: plain.port },
    'direct, FTPS': { server: secure, port: secure.port, tls },
    'gangway, plain': through(plain, toPlain),
    'gangway, TLS with the client': { ...through(plain, toPlain), tls },
    'gangway, TLS with the server': through(secure, toSecure),
    'gangway, TLS with both': { ...through(secure, toSecure), tls },
  };
  return { ways, relayPid: relay.pid };
}

async function startServer(tls: ServerTls | undefined): Promise<RealServer> {
  const server = await startVsftpd(tls === undefined ? {} : { tls });
  closing.push(() => server.stop());
  const big = await open(join(server.home, FILE), 'w');
  await big.truncate(BYTES);
  await big.close();
  return server;
}

async function measure(
  ways: Record<WayName, Way>,
  relayPid: number,
  direction: Direction,
): Promise<Record<WayName, Sample>[]> {
  const rounds: Record<WayName, Sample>[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const samples: Partial<Record<WayName, Sample>> = {};
    for (const name of WAYS) samples[name] = await transfer(ways[name], relayPid, direction);
    rounds.push(samples as Record<WayName, Sample>);
  }
  return rounds;
}

async function transfer(way: Way, relayPid: number, direction: Direction): Promise<Sample> {
  const { server, port, tls } = way;
  const { user, password, home } = server;
  const client = curl({ host: '127.0.0.1', port, user, password, ...(tls && { tls }) });
  const before = await cpuOf(way, relayPid);
  const result =
    direction === 'download'
      ? await client.get(FILE, '/dev/null')
      : await client.put(join(home, FILE), UPLOADED);
  assert.equal(result.status, 0, result.stderr.toString());
  const after = await cpuOf(way, relayPid);
  if (direction === 'upload') {
    const uploaded = await open(join(home, UPLOADED));
    assert.equal((await uploaded.stat()).size, BYTES);
    await uploaded.close();
    await rm(join(home, UPLOADED));
  }
  const used = (who: keyof Cpu): number => after[who] - before[who];
  const cpu = {
    curl: used('curl'),
    relay: used('relay'),
    agent: used('agent'),
  };
  return { seconds: result.ms / 1000, cpu };
}

/** Sessions of vsftpd leave its process tree, so nothing is said about them. */
async function cpuOf({ tunnel }: Way, relayPid: number): Promise<Cpu> {
  return {
    curl: (await cpuSeconds(process.pid, 'with ended children')) - (await cpuSeconds(process.pid)),
    relay: tunnel === undefined ? 0 : await cpuSeconds(relayPid),
    agent: tunnel === undefined ? 0 : await cpuSeconds(tunnel.agent.pid),
  };
}

function report(direction: Direction, rounds: readonly Record<WayName, Sample>[]): void {
  const ratio = (name: WayName, base: WayName): string =>
    median(rounds.map((round) => round[base].seconds / round[name].seconds)).toFixed(2);
  const perGigabyte = (name: WayName, who: keyof Cpu): string =>
    median(rounds.map((round) => (round[name].cpu[who] / BYTES) * 1e9)).toFixed(2);
  console.log(
    `\n| ${direction} | MB/s | x gangway, plain | x direct, FTPS | x direct, plain | CPU s/GB: curl | relay | agent |`,
  );
  console.log(`|${' --- |'.repeat(8)}`);
  for (const name of WAYS) {
    const rate = median(rounds.map((round) => BYTES / 1e6 / round[name].seconds)).toFixed(0);
    const ratios = (['gangway, plain', 'direct, FTPS', 'direct, plain'] as const).map((base) =>
      ratio(name, base),
    );
    const cpu = (['curl', 'relay', 'agent'] as const).map((who) => perGigabyte(name, who));
    console.log(`| ${[name, rate, ...ratios, ...cpu].join(' | ')} |`);
  }
}
