import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstSignal } from '../../shared/process.ts';
import { gangwayVersion } from '../../shared/version.ts';
import { connectAdmin } from '../admin/connect.ts';
import type { DemoOptions } from '../cli/program.ts';
import { newPassword } from '../store/secrets.ts';
import { checkTransfers } from './check.ts';
import { startDemoFtpServer, type DemoFtpServer } from './ftp-server/server.ts';
import { Program } from './program.ts';
import { writeSamples } from './samples.ts';

const HOST = '127.0.0.1';
const ACCOUNT = { user: 'demo', password: 'demo' };
/** Ports taken where they are free, so that the demo looks like the real thing. */
const USUAL_PORTS = { http: 8080, ftp: 2121 };
const PASSIVE_PORTS = 16;
/** Where a free run of passive ports is looked for. */
const PASSIVE_RANGE = { from: 50_000, to: 60_000 };

/** Where the demo is reached. */
interface DemoAddress {
  dashboard: string;
  /** Of its user admin. */
  password: string;
  port: number;
}

/**
 * `gangway demo`: a relay and an agent as real processes, and a small FTP server with samples, all on
 * this machine and reachable from it only.
 * @throws GangwayError when a part does not start, or when the check fails.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gangway-demo-'));
  const programs: Program[] = [];
  let ftp: DemoFtpServer | undefined;
  try {
    const root = options.dir ?? join(folder, 'files');
    if (options.dir === undefined) await writeSamples(root);
    ftp = await startDemoFtpServer({ host: HOST, port: 0, root, ...ACCOUNT });
    const address = await startPrograms(folder, ftp.port, programs);
    say(description(address, root));
    if (options.exitAfterCheck) {
      await checkTransfers({ host: HOST, port: address.port, ...ACCOUNT }, (line) => say([line]));
    } else {
      await Promise.race([firstSignal(), ...programs.map(unexpectedEnd)]);
    }
  } finally {
    for (const program of programs.toReversed()) await program.stop();
    await ftp?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Starts relay and agent; what was started is in `programs` even if the next step fails. */
async function startPrograms(
  folder: string,
  ftpPort: number,
  programs: Program[],
): Promise<DemoAddress> {
  const dataDir = join(folder, 'relay');
  const port = await freePort(USUAL_PORTS.ftp);
  const passive = await freeRange();
  const http = `${HOST}:${await freePort(USUAL_PORTS.http)}`;
  const password = process.env['GANGWAY_ADMIN_PASSWORD'] ?? newPassword();
  const relay = new Program(
    'relay',
    [
      'relay',
      `--data-dir=${dataDir}`,
      `--listen-host=${HOST}`,
      `--public-host=${HOST}`,
      `--http=${http}`,
      `--passive-ports=${passive}-${passive + PASSIVE_PORTS - 1}`,
      `--first-tunnel=demo:${port}`,
    ],
    { GANGWAY_ADMIN_PASSWORD: password },
  );
  programs.push(relay);
  const { http: url, local } = await relay.event('ready');
  const { admin, close } = await connectAdmin({
    dataDir,
    version: gangwayVersion(),
    create: false,
  });
  const { enrolmentCode } = await admin.agentCode('demo');
  await close();
  const stateDir = join(folder, 'agent');
  const flags = ['--relay', String(url), '--server', `${HOST}:${ftpPort}`, '--state-dir', stateDir];
  const agent = new Program('agent', ['agent', ...flags], { GANGWAY_CODE: enrolmentCode });
  programs.push(agent);
  await agent.event('tunnel-up');
  // In clear within this machine, so that no browser is shown a certificate it does not know.
  return { dashboard: String(local), password, port };
}

async function unexpectedEnd(program: Program): Promise<never> {
  await program.ended;
  throw program.failure();
}

function description({ dashboard, password: key, port }: DemoAddress, root: string): string[] {
  const { user, password } = ACCOUNT;
  return [
    'Gangway demo: an FTP server without a public address, reached through relay and agent.',
    '',
    `  address    ftp://${HOST}:${port}`,
    `  user       ${user}`,
    `  password   ${password}`,
    `  dashboard  ${dashboard}/`,
    `  log in     admin / ${key}`,
    `  serves     ${root}`,
    '',
    'Try:',
    `  curl ftp://${user}:${password}@${HOST}:${port}/`,
    `  lftp -e 'set ssl:verify-certificate no' -u ${user},${password} ftp://${HOST}:${port}`,
    '',
    'The address also speaks FTP over TLS (FTPS), with a certificate of the relay’s own, which clients ask',
    'their users about: curl takes it with --ssl-reqd --insecure, and lftp, which tries TLS by itself, as above.',
    '',
    'The FTP server is Gangway’s own, for demonstration and tests only. Ctrl-C ends everything.',
    '',
  ];
}

function say(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** The usual port if it is free here, else any. */
async function freePort(usual: number): Promise<number> {
  return (await listenOn(usual)) ?? (await listenOn(0)) ?? usual;
}

/** First port of a run that was free a moment ago. */
async function freeRange(): Promise<number> {
  for (let first = PASSIVE_RANGE.from; first < PASSIVE_RANGE.to; first += PASSIVE_PORTS) {
    const ports = Array.from({ length: PASSIVE_PORTS }, (_, i) => listenOn(first + i));
    if ((await Promise.all(ports)).every((port) => port !== undefined)) return first;
  }
  return PASSIVE_RANGE.from;
}

/** Listens for a moment; the port, or undefined if it is taken. */
function listenOn(port: number): Promise<number | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(port, HOST, () => {
      const found = (server.address() as AddressInfo).port;
      server.close(() => resolve(found));
    });
  });
}
