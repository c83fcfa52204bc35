/** What a link is given, and what it reports when it is over. */
import { MUX_LIMITS } from '../limits.ts';
import { LocalFault } from './errors.ts';
import type { MuxLimits } from './frame.ts';
import type { Side } from './stream-ids.ts';
import type { Stream } from './stream.ts';
import type { WindowBudget } from './window.ts';

/** Why a link ended. */
export interface LinkClosed {
  /** This program closed it, the peer did or broke the protocol, or the last carrier was lost. */
  by: 'self' | 'peer' | 'carrier';
  /** `link-lost`, a {@link ProtocolFault} code, or what {@link Link.close} was given. */
  code: string;
  /** For people. */
  reason: string;
  /** The number the peer closed it with, if it did. */
  number?: number;
}

export interface LinkOptions {
  /** Decides the stream ids. */
  side: Side;
  /** Milliseconds that never go back. */
  clock: () => number;
  /** Overrides, for tests and tuning. `initialCredit` and the payload bounds must agree with the peer. */
  limits?: Partial<MuxLimits>;
  /**
   * Milliseconds the link waits for another carrier when it has lost its last; then, or if this is left out,
   * it is over. Both ends must have agreed that it resumes (PROTOCOL.md section 9).
   */
  grace?: number | undefined;
  /** What receive windows of other links are part of, too. */
  windows?: WindowBudget;
  /** Words for RESET codes 1 … 65535, for `ChannelBroken.code`; others become `reset-<code>`. */
  resetCodes?: ReadonlyMap<number, string>;
  /** Words for the numbers a link is closed with, for {@link LinkClosed.code}; others become `link-lost`. */
  closeCodes?: ReadonlyMap<number, string>;
  /** Runs a function at the end of this turn; `process.nextTick` by default. */
  defer?: (run: () => void) => void;
  /** The peer opened a stream: call `start` or `refuse` on it, soon. The request is the callee's to keep. */
  onOpen: (stream: Stream, request: Uint8Array) => void;
  /** The link is over; once, after every stream's consumer was told. */
  onClosed: (why: LinkClosed) => void;
  /** The peer accepts no more streams. Those that are open go on. */
  onGoAway: (code: number, reason: string) => void;
  /** A carrier was lost, and the link goes on, over others or without any until there is another. */
  onCarrierLost?: (lost: { reason: string; left: number }) => void;
  /** There is a carrier again, after so many milliseconds without. */
  onResumed?: (milliseconds: number) => void;
  /** Bulk streams begin to move bytes in earnest: more carriers may help. At most once a tick. */
  onBusy?: () => void;
}

/** Completes the overrides and checks what depends on each other. @throws LocalFault `bad-limits` */
export function checkedLimits(overrides?: Partial<MuxLimits>): MuxLimits {
  const limits: MuxLimits = { ...MUX_LIMITS, ...overrides };
  if (limits.initialCredit > Math.min(limits.bulkWindow, limits.controlWindow)) {
    throw new LocalFault('bad-limits', 'a window is smaller than the initial credit');
  }
  if (limits.deadAfter < 2 * limits.pingAfter) {
    throw new LocalFault('bad-limits', 'a carrier could die without a PING');
  }
  return limits;
}
