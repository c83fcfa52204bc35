import assert from 'node:assert/strict';
import { GATEWAY_LIMITS } from '../../shared/limits.ts';
import type { FakeChannel } from './fake-channel.ts';
import { SessionBench, type BenchOptions } from './session-bench.ts';

/** A transfer that has begun: both data connections stand, and the client has read 150. */
export interface RunningTransfer {
  bench: SessionBench;
  /** The client's data connection. */
  client: FakeChannel;
  /** The server's data connection. */
  server: FakeChannel;
}

/** Begins a transfer of a passive client; both ends have read everything, and the server has accepted. */
export function beginPassive(command: string, options?: BenchOptions): RunningTransfer {
  const bench = new SessionBench(options).login();
  bench.passive();
  bench.clientSays(command);
  const client = bench.connect();
  return begun(bench.serverSays('150 here'), client);
}

/** The same with an active client. */
export function beginActive(command: string, options?: BenchOptions): RunningTransfer {
  const bench = new SessionBench(options).login().active();
  bench.clientSays(command).serverSays('150 here');
  return begun(bench, bench.reach());
}

function begun(bench: SessionBench, client: FakeChannel): RunningTransfer {
  assert.deepEqual(bench.replies(), ['150 here']);
  bench.commands();
  bench.advance(GATEWAY_LIMITS.serverAccept);
  return { bench, client, server: bench.serverData };
}
