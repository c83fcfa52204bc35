/**
 * Bulk throughput of one stream through relay and agent, as a ratio to the same direct and to a Node
 * double `pipe` in the same run. Real vsftpd, own minimal client; rounds are interleaved.
 *
 *     TMPDIR=/dev/shm node test/bench/throughput.ts [--megabytes 1000] [--rounds 5]
 */
import { once } from 'node:events';
import { open, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureDebianPackages } from '../support/debian.ts';
import { gangwayFor } from '../support/gangway.ts';
import { startVsftpd, type RealServer } from '../support/servers/index.ts';
import { startHops } from './hops.ts';
import { cpuSeconds, median } from './measures.ts';

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '5' },
  },
});
const BYTES = Number(values.megabytes) * 1e6;
const ROUNDS = Number(values.rounds);
const CHUNK = Buffer.alloc(256 * 1024, 'gangway');

type Direction = 'download' | 'upload';

/** A way to the server: where to log in, and where to dial for a data port the server named. */
interface Way {
  name: string;
  control: { host: string; port: number };
  data(port: number): Promise<number>;
}

/** A logged-in control connection; replies are awaited one at a time. */
class Control {
  readonly #socket: Socket;
  #text = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1');
      socket.emit('text');
    });
  }

  static async open(way: Way, server: RealServer): Promise<Control> {
    const socket = connect({ ...way.control, noDelay: true });
    const control = new Control(socket);
    await control.reply();
    await control.ask(`USER ${server.user}`);
    await control.ask(`PASS ${server.password}`);
    await control.ask('TYPE I');
    return control;
  }

  async ask(command: string): Promise<string> {
    this.#socket.write(`${command}\r\n`);
    return this.reply();
  }

  async reply(): Promise<string> {
    for (;;) {
      const end = /^\d{3} .*\r\n/m.exec(this.#text);
      if (end !== null) {
        this.#text = this.#text.slice(end.index + end[0].length);
        return end[0];
      }
      await once(this.#socket, 'text');
    }
  }

  close(): void {
    this.#socket.end('QUIT\r\n');
  }
}

async function transfer(way: Way, server: RealServer, direction: Direction): Promise<number> {
  const control = await Control.open(way, server);
  const port = Number(/\|(\d+)\|/.exec(await control.ask('EPSV'))?.[1]);
  let received = 0;
  const data = connect({
    host: '127.0.0.1',
    port: await way.data(port),
    noDelay: true,
    onread: { buffer: Buffer.alloc(256 * 1024), callback: (n) => ((received += n), true) },
  });
  const ended = once(data, 'end');
  await once(data, 'connect');
  const started = performance.now();
  const first = control.ask(direction === 'download' ? 'RETR big' : 'STOR up');
  if (direction === 'upload') await send(data);
  if (!(await first).startsWith('150')) throw new Error(`no 150 through ${way.name}`);
  const final = await control.reply();
  if (direction === 'download') await ended;
  const seconds = (performance.now() - started) / 1000;
  if (!final.startsWith('226')) throw new Error(`${way.name}: ${final}`);
  if (direction === 'download' && received !== BYTES) throw new Error(`${received} bytes came`);
  control.close();
  return BYTES / 1e6 / seconds;
}

async function send(data: Socket): Promise<void> {
  for (let left = BYTES; left > 0; left -= CHUNK.length) {
    const chunk = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
    if (!data.write(chunk)) await once(data, 'drain');
  }
  data.end();
}

await ensureDebianPackages();
const server = await startVsftpd();
const gangway = await gangwayFor(server);
const hops = await startHops();
const big = await open(join(server.home, 'big'), 'w');
await big.truncate(BYTES);
await big.close();

const ways: Way[] = [
  { name: 'direct', control: server, data: async (port) => port },
  {
    name: 'node pipe x2',
    control: server,
    data: async (port) => {
      await hops.aim(port);
      return hops.port;
    },
  },
  { name: 'gangway', control: gangway, data: async (port) => port },
];
const pids = {
  'node pipe x2': hops.pids,
  gangway: [gangway.relay.pid, gangway.agent.pid],
};

try {
  for (const direction of ['download', 'upload'] as const) {
    const rates = new Map<string, number[]>(ways.map((way) => [way.name, []]));
    const cpu = new Map<string, number[]>(ways.map((way) => [way.name, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const way of ways) {
        const own = pids[way.name as keyof typeof pids] ?? [];
        const before = await Promise.all(own.map((pid) => cpuSeconds(pid)));
        rates.get(way.name)?.push(await transfer(way, server, direction));
        const after = await Promise.all(own.map((pid) => cpuSeconds(pid)));
        const used = after.reduce((sum, value, i) => sum + value - (before[i] ?? 0), 0);
        cpu.get(way.name)?.push((used / BYTES) * 1e9);
        await rm(join(server.home, 'up'), { force: true });
      }
    }
    const of = (name: string): number => median(rates.get(name) ?? []);
    for (const { name } of ways) {
      const runs = (rates.get(name) ?? []).map((rate) => rate.toFixed(0)).join(', ');
      const ratios = `${(of(name) / of('node pipe x2')).toFixed(2)} x pipe, ${(of(name) / of('direct')).toFixed(2)} x direct`;
      console.log(
        `${direction} ${name.padEnd(13)} ${of(name).toFixed(0).padStart(5)} MB/s  ${ratios}  cpu ${median(cpu.get(name) ?? []).toFixed(2)} s/GB  [${runs}]`,
      );
    }
  }
} finally {
  hops.close();
  await gangway.close();
  await server.stop();
}
