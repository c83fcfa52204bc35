import { isPreliminary, type Reply } from '../ftp/reply.ts';
import { GATEWAY_LIMITS } from '../limits.ts';
import type { Pending } from './pending-commands.ts';
import type { Timers } from './sides.ts';

/** What a recovery needs of the transfers around it. */
export interface RecoveryOptions {
  /** The transfer whose data connection broke while the server has yet to say its final word. */
  of: Pending;
  timers: Timers;
  /** Sends the server a NOOP whose answer nobody is to see. */
  probe: () => void;
  /** The recovery is over. `silent`: the server was done with the transfer and said nothing of it. */
  over: (how: 'spoke' | 'silent' | 'gave-up') => void;
}

/**
 * The time between the break of a data connection and the server's last word on that transfer. Until it
 * is over the client's commands wait: pure-ftpd answers 500 to whatever comes in a transfer, and a
 * command overtakes the reset.
 *
 * Most servers say 426 at once. Some say nothing at all, and the next reply would be taken for the
 * transfer's; so a server that is silent is sent NOOP: once that is answered, nothing more comes.
 */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #cancels: (() => void)[];
  #over = false;
  /** ABOR of the client that is answered when this is over; its verb. */
  abor: string | undefined;

  constructor(options: RecoveryOptions) {
    this.#options = options;
    const { timers, probe } = options;
    this.#cancels = [
      timers.after(GATEWAY_LIMITS.brokenProbe, probe),
      timers.after(GATEWAY_LIMITS.brokenReply, () => this.#end('gave-up')),
    ];
  }

  get of(): Pending {
    return this.#options.of;
  }

  /** The server has said its final word on the transfer. */
  spoke(): void {
    this.#end('spoke');
  }

  /**
   * The server has answered the NOOP.
   * @param answer 500 proves nothing: pure-ftpd says it of every command while it transfers.
   */
  probed(answer: Reply): void {
    if (answer.code !== 500 && !isPreliminary(answer)) this.#end('silent');
  }

  /** No more is expected, nor told. */
  cancel(): void {
    this.#over = true;
    for (const cancel of this.#cancels) cancel();
  }

  #end(how: 'spoke' | 'silent' | 'gave-up'): void {
    if (this.#over) return;
    this.cancel();
    this.#options.over(how);
  }
}
