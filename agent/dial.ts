import { connect } from 'node:net';
import type { HostPort } from '../shared/config/values.ts';
import { AGENT_LIMITS } from '../shared/limits.ts';
import type { SlabPool } from '../shared/net/slab-pool.ts';
import { connectIntoSlabs, type ReadableSocket } from '../shared/net/slab-reads.ts';

export interface DialOptions extends HostPort {
  readonly localAddress?: string;
  /** What it is read into; undefined for a connection with few bytes, or one that is to speak TLS. */
  readonly slabs: SlabPool | undefined;
  /** Milliseconds; {@link AGENT_LIMITS}.dial unless said. */
  readonly within?: number;
}

/** How a dial ended; one of the two is called, once. Whoever is connected listens for errors at once. */
export interface DialOutcome {
  connected(readable: ReadableSocket): void;
  failed(error: Error): void;
}

/** Dials once, half-open ends allowed. */
export function dial(options: DialOptions, outcome: DialOutcome): void {
  const { slabs, within = AGENT_LIMITS.dial, ...where } = options;
  const to = {
    ...where,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  };
  const readable = slabs === undefined ? { socket: connect(to) } : connectIntoSlabs(to, slabs);
  const { socket } = readable;
  const timer = setTimeout(() => {
    socket.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }));
  }, within);
  const failed = (error: Error): void => {
    clearTimeout(timer);
    outcome.failed(error);
  };
  socket.once('error', failed);
  socket.once('connect', () => {
    clearTimeout(timer);
    outcome.connected(readable);
    socket.off('error', failed);
  });
}
