import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { makeNamespaces, mustWithin, type Namespaces } from '../nat/namespaces.ts';

/** What a path does to packets, the same in both directions. */
export interface PathShape {
  /** One way, in milliseconds. */
  readonly delayMs: number;
  /** Bytes a second; null for as fast as it can. */
  readonly rate: number | null;
  /** Where the rate is limited: bytes that wait, beyond which packets are dropped. */
  readonly queueBytes: number | null;
  /** Share of segments that are lost, as 0.001. */
  readonly loss: number;
  /** Whether packets may be larger than 1500 bytes, which is less work for the same bytes. */
  readonly large: boolean;
}

/** A path between two machines, as far as TCP can tell. */
export interface TcpPath {
  /** Commands that run a program at its ends, and the addresses there. */
  readonly near: readonly string[];
  readonly far: readonly string[];
  close(): Promise<void>;
}

/** Addresses of RFC 2544, meant for benchmarks. */
export const NEAR_HOST = '198.18.0.1';
export const FAR_HOST = '198.18.0.2';
const INTERFACE = 'path';
/** A burst must not overflow the interface before the path has seen it. */
const QUEUE_PACKETS = 20_000;
/** What one connection has learnt of the path shall not help or hinder the next. */
const FORGET = 'net.ipv4.tcp_no_metrics_save=1';
/** What most machines have; a route may ask for it where the machine's own is another. */
const CONGESTION_CONTROL = 'cubic';
const PYTHON = '/usr/bin/python3';

/** Makes a path in namespaces of its own. @throws Error where that cannot be done */
export async function makeTcpPath(shape: PathShape): Promise<TcpPath> {
  const namespaces = await makeNamespaces(['near', 'far']);
  const near = namespaces.within('near');
  const far = namespaces.within('far');
  try {
    const end = await carryPackets(namespaces, shape);
    await configure(near, NEAR_HOST, FAR_HOST);
    await configure(far, FAR_HOST, NEAR_HOST);
    const close = async (): Promise<void> => {
      await end();
      await namespaces.remove();
    };
    return { near, far, close };
  } catch (error) {
    await namespaces.remove();
    throw error;
  }
}

/** Starts the program that carries the packets; what it returns ends it. */
async function carryPackets(
  namespaces: Namespaces,
  shape: PathShape,
): Promise<() => Promise<unknown>> {
  const names = ['near', 'far'].map((name) => namespaces.within(name).at(-1) ?? '');
  const file = join(import.meta.dirname, 'programs', 'tun-path.py');
  const child = spawn(PYTHON, [file, ...names, JSON.stringify(shape)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  // Its input ends with this process, however that does.
  const end = (): Promise<unknown> => {
    child.stdin.end();
    return ended;
  };
  const ready = await Promise.race([
    once(child.stdout, 'data').then(() => true),
    ended.then(() => false),
  ]);
  if (!ready) throw new Error('the path between the namespaces cannot be made');
  return end;
}

async function configure(within: readonly string[], host: string, peer: string): Promise<void> {
  const steps = [
    ['/usr/sbin/sysctl', '-q', '-w', FORGET],
    ['ip', 'link', 'set', 'lo', 'up'],
    ['ip', 'address', 'add', `${host}/30`, 'dev', INTERFACE],
    ['ip', 'link', 'set', INTERFACE, 'txqueuelen', String(QUEUE_PACKETS), 'up'],
    ['ip', 'route', 'add', peer, 'dev', INTERFACE, 'src', host, 'congctl', CONGESTION_CONTROL],
  ];
  for (const step of steps) await mustWithin(within, step);
}
