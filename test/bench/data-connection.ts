/**
 * What one data connection costs through relay and agent, as a ratio to the same direct: LIST of an
 * empty folder, one after the other in one session, for each mode of client and server, and through two
 * hops of Node `pipe`, which knows no FTP. Real vsftpd and pyftpdlib; rounds are interleaved, and the
 * ratio is the median of the rounds'.
 *
 *     TMPDIR=/dev/shm node test/bench/data-connection.ts [--transfers 300] [--rounds 5]
 */
import assert from 'node:assert/strict';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ServerMode } from '../../shared/gateway/server-mode.ts';
import { isActive, type DataCommand } from '../support/clients/index.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import { serveTunnel, startRelay } from '../support/gangway.ts';
import { dial, RawClient, type Address } from '../support/raw-client.ts';
import { startPyftpdlib, startVsftpd, type RealServer } from '../support/servers/index.ts';
import { startHops } from './hops.ts';
import { median } from './measures.ts';

const { values } = parseArgs({
  options: {
    transfers: { type: 'string', default: '300' },
    rounds: { type: 'string', default: '5' },
  },
});
const TRANSFERS = Number(values.transfers);
const ROUNDS = Number(values.rounds);
const FOLDER = 'empty';
const CLIENT_MODES: readonly DataCommand[] = ['EPSV', 'PORT'];
const SERVER_MODES: readonly ServerMode[] = ['epsv', 'pasv', 'active'];

/** A way to the server in one mode of the client, with a session of its own. */
interface Way {
  readonly name: string;
  readonly mode: DataCommand;
  readonly client: RawClient;
  /** Prepares the way to a passive port and says where to dial; not part of the time. */
  readonly lead?: (to: Address) => Promise<Address>;
}

/** Milliseconds of one LIST, from EPSV or PORT to 226. */
async function listOnce({ mode, client, lead }: Way): Promise<number> {
  const started = performance.now();
  if (isActive(mode)) {
    await client.download(`LIST ${FOLDER}`, mode);
    return performance.now() - started;
  }
  const named = await client.passive(mode);
  const leading = performance.now();
  const to = lead === undefined ? named : await lead(named);
  const led = performance.now() - leading;
  const data = await dial(to);
  client.send(`LIST ${FOLDER}\r\n`);
  const { code } = await client.reply();
  assert.ok(code === 150 || code === 125, String(code));
  assert.equal(await data.outcome, 'fin');
  data.end();
  await client.expect(226);
  return performance.now() - started - led;
}

/** Median of a round, in milliseconds. */
async function round(way: Way): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < TRANSFERS; i += 1) times.push(await listOnce(way));
  return median(times);
}

async function pipeWay(server: RealServer, closing: (() => unknown)[]): Promise<Way> {
  const control = await startHops();
  const data = await startHops();
  closing.push(
    () => control.close(),
    () => data.close(),
  );
  await control.aim(server.port);
  const { host, user, password } = server;
  const client = await RawClient.login({ host, port: control.port, user, password });
  const lead = async (to: Address): Promise<Address> => {
    await data.aim(to.port);
    return { host: to.host, port: data.port };
  };
  return { name: 'node pipe x2', mode: 'EPSV', client, lead };
}

async function waysTo(server: RealServer, closing: (() => unknown)[]): Promise<Way[]> {
  const login = (port: number): Promise<RawClient> => RawClient.login({ ...server, port });
  const ways: Way[] = [];
  for (const mode of CLIENT_MODES) {
    ways.push({ name: 'direct', mode, client: await login(server.port) });
  }
  ways.push(await pipeWay(server, closing));
  const relay = await startRelay();
  closing.push(() => relay.stop());
  for (const serverMode of SERVER_MODES) {
    const tunnelFlags = ['--server-mode', serverMode];
    const tunnel = await serveTunnel(relay, server, { name: serverMode, tunnelFlags });
    closing.push(() => tunnel.close());
    for (const mode of CLIENT_MODES) {
      ways.push({ name: `gangway, ${serverMode}`, mode, client: await login(tunnel.port) });
    }
  }
  return ways;
}

async function measure(server: RealServer, ways: readonly Way[]): Promise<void> {
  const rounds: Map<Way, number>[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    const times = new Map<Way, number>();
    for (const way of ways) times.set(way, await round(way));
    rounds.push(times);
  }
  const ratio = (way: Way, name: string): string => {
    const base = ways.find((each) => each.name === name && each.mode === way.mode);
    if (base === undefined) return '–';
    const ratios = rounds.map((times) => (times.get(way) ?? NaN) / (times.get(base) ?? NaN));
    return median(ratios).toFixed(2);
  };
  console.log(`\n| ${server.name} | client | ms | x direct | x pipe |\n|${' --- |'.repeat(5)}`);
  for (const way of ways) {
    const ms = median(rounds.map((times) => times.get(way) ?? NaN)).toFixed(2);
    const ratios = [ratio(way, 'direct'), ratio(way, 'node pipe x2')];
    console.log(`| ${way.name} | ${way.mode} | ${ms} | ${ratios.join(' | ')} |`);
  }
}

await ensureDebianPackages();
for (const start of [startVsftpd, startPyftpdlib]) {
  const server = await start();
  const closing: (() => unknown)[] = [];
  try {
    await mkdir(join(server.home, FOLDER));
    await chown(join(server.home, FOLDER), server.owner.uid, server.owner.gid);
    const ways = await waysTo(server, closing);
    await measure(server, ways);
    for (const { client } of ways) client.close();
  } finally {
    for (const close of closing.toReversed()) await close();
    await server.stop();
  }
}
