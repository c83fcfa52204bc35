import { PROBE_LIMITS } from '../../shared/limits.ts';
import type { Logger } from '../../shared/log.ts';
import type { Stream } from '../../shared/mux/stream.ts';
import { systemCode } from '../../shared/errors.ts';
import { canonicalAddress } from '../../shared/net/address.ts';
import { SocketChannel } from '../../shared/net/socket-channel.ts';
import type { OpenRequest } from '../../shared/proto/open-request.ts';
import { RESET_CODES, resetCodeOfDial, type ResetCode } from '../../shared/proto/reset-codes.ts';
import { dial } from '../dial.ts';
import { Joint } from '../joint.ts';
import type { Budget } from './budget.ts';
import type { OutsidePolicy } from './policy.ts';

export interface OutsideConnectionsOptions {
  readonly policy: OutsidePolicy;
  readonly budget: Budget;
  readonly logger: Logger;
}

/**
 * Connections to the relay's own public ports, which the relay asks for to see what a client there sees.
 * They carry bytes of the relay's choice, so they go nowhere but to where the relay itself answers.
 */
export class OutsideConnections {
  readonly #options: OutsideConnectionsOptions;
  #open = 0;

  constructor(options: OutsideConnectionsOptions) {
    this.#options = options;
  }

  /** Serves a stream that the relay opened for one. */
  serve(stream: Stream, { host, port }: Extract<OpenRequest, { t: 'outside' }>): void {
    this.#open += 1;
    const joint = new Joint({ stream, over: () => (this.#open -= 1) });
    void this.#whyNot(host, port).then((why) => {
      if (why !== undefined) {
        const [code, reason] = why;
        this.#options.logger.warn({ event: 'dial-refused', host, port }, reason);
        stream.refuse(RESET_CODES[code], reason);
        return;
      }
      dial(
        { host, port, slabs: undefined, within: PROBE_LIMITS.connect },
        {
          connected: ({ socket }) => joint.connect(new SocketChannel(socket)),
          failed: (error) => {
            stream.refuse(RESET_CODES[resetCodeOfDial(systemCode(error))], error.message);
          },
        },
      );
    });
  }

  async #whyNot(host: string, port: number): Promise<[ResetCode, string] | undefined> {
    const { policy, budget } = this.#options;
    if (this.#open > PROBE_LIMITS.outside) {
      return ['too-many-streams', `at most ${PROBE_LIMITS.outside} such connections at once`];
    }
    const relay = await policy.visitable();
    if (relay === undefined) {
      return ['dial-forbidden', 'the relay answers at a private address, or through a proxy'];
    }
    if (canonicalAddress(host) !== relay) {
      return ['dial-forbidden', `the relay answers at ${relay}, and not at ${host}`];
    }
    const why = await policy.whyNot(host, port);
    if (why !== undefined) return ['dial-forbidden', why];
    return budget.spend(1) ? undefined : ['too-many-streams', 'too many within the hour'];
  }
}
