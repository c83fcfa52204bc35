import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A process that pipes every connection to the port it was told last. */
export interface Hop {
  readonly pid: number;
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
  /** From now on connections go to that port. */
  aim(target: number): Promise<void>;
  close(): void;
}

/** Two hops in a row, as relay and agent are. */
export interface Hops extends Omit<Hop, 'pid'> {
  readonly pids: readonly number[];
}

/** Starts one hop; it goes nowhere yet. */
async function startHop(): Promise<Hop> {
  const child = fork(join(import.meta.dirname, 'pipe-hop.ts'));
  const [message] = (await once(child, 'message')) as [{ port: number }];
  const aim = (target: number): Promise<void> => aimAt(child, target);
  return { pid: child.pid ?? 0, port: message.port, aim, close: () => void child.kill() };
}

async function aimAt(child: ChildProcess, target: number): Promise<void> {
  child.send({ target });
  await once(child, 'message');
}

/** Starts two hops, the first aimed at the second. */
export async function startHops(): Promise<Hops> {
  const near = await startHop();
  const far = await startHop();
  await near.aim(far.port);
  return {
    pids: [near.pid, far.pid],
    port: near.port,
    aim: (target) => far.aim(target),
    close: () => [near, far].forEach((hop) => hop.close()),
  };
}
