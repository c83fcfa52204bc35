import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Ports in a row. */
export interface PortRow {
  readonly first: number;
  readonly count: number;
}

/** A process that pipes every connection to the port it was told last. */
export interface Hop {
  readonly pid: number;
  /** Where it listens, on 127.0.0.1; the first of a row. */
  readonly port: number;
  /** From now on connections go to that port; those of a row to the row that begins there. */
  aim(target: number): Promise<void>;
  close(): void;
}

/** Two hops in a row, as relay and agent are. */
export interface Hops extends Omit<Hop, 'pid'> {
  readonly pids: readonly [near: number, far: number];
}

/** Starts one hop, on a free port unless a row is given; it goes nowhere yet. */
async function startHop(row?: PortRow): Promise<Hop> {
  const args = row === undefined ? [] : [String(row.first), String(row.count)];
  const child = fork(join(import.meta.dirname, 'programs', 'pipe-hop.ts'), args);
  const [message] = (await once(child, 'message')) as [{ port: number }];
  const aim = (target: number): Promise<void> => aimAt(child, target);
  return { pid: child.pid ?? 0, port: message.port, aim, close: () => void child.kill() };
}

async function aimAt(child: ChildProcess, target: number): Promise<void> {
  child.send({ target });
  await once(child, 'message');
}

/** Starts two hops, the first aimed at the second; on a free port each unless rows are given. */
export async function startHops(rows?: { near: PortRow; far: PortRow }): Promise<Hops> {
  const near = await startHop(rows?.near);
  const far = await startHop(rows?.far);
  await near.aim(far.port);
  return {
    pids: [near.pid, far.pid],
    port: near.port,
    aim: (target) => far.aim(target),
    close: () => [near, far].forEach((hop) => hop.close()),
  };
}
