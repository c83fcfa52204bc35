/**
 * What an open page costs the relay while thousands of FTP sessions are live: CPU of the relay with and without
 * a page that watches the sessions, in turns within one run. Each session sends a command every ten seconds.
 *
 *     node test/bench/dashboard-load.ts [--sessions 5000] [--rounds 3] [--seconds 10]
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { gangwayFor, runGangway, type Relay } from '../support/gangway.ts';
import { cpuSeconds, median } from './measures.ts';

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '5000' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '10' },
  },
});
const SESSIONS = Number(values.sessions);
const ROUNDS = Number(values.rounds);
const SECONDS = Number(values.seconds);
const HOST = '127.0.0.1';
/** How often each session says something, in milliseconds. */
const TALK = 10_000;
/** Logins under way at once. */
const AT_ONCE = 50;

/** Says yes to everything, one line a command. */
const ANSWERS: Readonly<Record<string, string>> = {
  USER: '331 Password, please.',
  PASS: '230 Welcome.',
};

async function startServer(): Promise<{ port: number; close: () => void }> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('220 ready\r\n');
    socket.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString('latin1').split('\r\n').slice(0, -1)) {
        socket.write(`${ANSWERS[line.slice(0, 4)] ?? '200 OK'}\r\n`);
      }
    });
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

/** Logs one client in, each from an address of its own. */
async function logIn(port: number, number: number): Promise<Socket> {
  const localAddress = `127.1.${number >> 8}.${number & 255}`;
  const socket = connect({ host: HOST, port, localAddress, noDelay: true });
  socket.on('error', () => {});
  for (const say of [`USER user${number}`, 'PASS x', undefined]) {
    await once(socket, 'data');
    if (say !== undefined) socket.write(`${say}\r\n`);
  }
  socket.resume();
  return socket;
}

/** A page that watches, as the browser does; tells how many bytes came. */
async function openPage(relay: Relay, token: string): Promise<{ close: () => Promise<number> }> {
  const stop = new AbortController();
  const answer = await fetch(`${relay.url}/api/v1/events?watch=sessions&limit=50`, {
    headers: { authorization: `Bearer ${token}` },
    signal: stop.signal,
  });
  let bytes = 0;
  const read = async (): Promise<void> => {
    for await (const chunk of answer.body ?? []) bytes += chunk.length;
  };
  const over = read().catch(() => {});
  return {
    close: async () => {
      stop.abort();
      await over;
      return bytes;
    },
  };
}

/** Share of one core that the relay uses, in percent, over a while. */
async function cpuShare(pid: number): Promise<number> {
  const before = await cpuSeconds(pid);
  await delay(SECONDS * 1000);
  return ((await cpuSeconds(pid)) - before) * (100 / SECONDS);
}

const server = await startServer();
const gangway = await gangwayFor({ host: HOST, port: server.port });
const sockets: Socket[] = [];
try {
  const { relay } = gangway;
  const created = await runGangway([
    'token',
    'create',
    'bench',
    '--data-dir',
    relay.dataDir,
    '--json',
  ]);
  const { token } = JSON.parse(created.stdout) as { token: string };
  for (let next = 0; next < SESSIONS; next += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, SESSIONS - next) }, (_, i) => next + i);
    sockets.push(...(await Promise.all(some.map((number) => logIn(gangway.port, number)))));
  }
  const { sessions } = await relay.counts();
  console.log(`${sessions} sessions, ${SESSIONS / (TALK / 1000)} commands a second`);
  let said = 0;
  const timer = setInterval(() => {
    said += 1;
    const due = Date.now() % TALK;
    const share = sockets.length / (TALK / 100);
    const first = Math.floor((due / 100) * share);
    for (const socket of sockets.slice(first, first + share)) {
      // What is watched changes with each.
      socket.write(`STAT ${said}\r\n`);
    }
  }, 100);
  const without: number[] = [];
  const watched: number[] = [];
  const rates: number[] = [];
  await cpuShare(relay.pid);
  for (let round = 0; round < ROUNDS; round += 1) {
    without.push(await cpuShare(relay.pid));
    const page = await openPage(relay, token);
    watched.push(await cpuShare(relay.pid));
    rates.push((await page.close()) / SECONDS / 1000);
  }
  clearInterval(timer);
  const shown = (numbers: number[]): string => numbers.map((one) => one.toFixed(1)).join(' ');
  console.log(`without a page  ${shown(without)} % of a core`);
  console.log(`with one page   ${shown(watched)} % of a core; ${shown(rates)} kB/s`);
  const ratio = median(watched.map((one, i) => one / (without[i] ?? NaN)));
  console.log(`ratio           ${ratio.toFixed(2)} (median of ${ROUNDS})`);
} finally {
  for (const socket of sockets) socket.destroy();
  await gangway.close();
  server.close();
}
