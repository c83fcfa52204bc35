import { GangwayError } from '../../shared/errors.ts';
import type { Timers } from '../../shared/gateway/sides.ts';
import { PROBE_LIMITS } from '../../shared/limits.ts';
import type { AgentAnswer, RelayQuestion } from '../../shared/proto/link-messages.ts';

/** Somebody who waits for an answer. */
interface Waiting {
  answered(answer: AgentAnswer): void;
  failed(error: GangwayError): void;
}

/** Questions to one agent and who waits for the answers, each for a limited time. */
export class Questions {
  readonly #tell: (question: RelayQuestion) => void;
  readonly #timers: Timers;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #closed: string | undefined;

  constructor(tell: (question: RelayQuestion) => void, timers: Timers) {
    this.#tell = tell;
    this.#timers = timers;
  }

  /**
   * Asks, and waits for the answer with the same id.
   * @throws GangwayError `agent-busy` when too many are open, `agent-silent` when none comes in time,
   *   `agent-offline` when the link ends
   */
  ask(question: (id: number) => RelayQuestion): Promise<AgentAnswer> {
    if (this.#closed !== undefined) return Promise.reject(agentOffline(this.#closed));
    if (this.#waiting.size >= PROBE_LIMITS.questions) return Promise.reject(busy());
    this.#last += 1;
    const id = this.#last;
    return new Promise<AgentAnswer>((answered, failed) => {
      const cancel = this.#timers.after(PROBE_LIMITS.answer, () => failed(silent()));
      this.#waiting.set(id, {
        answered: (answer) => {
          cancel();
          answered(answer);
        },
        failed: (error) => {
          cancel();
          failed(error);
        },
      });
      this.#tell(question(id));
    }).finally(() => this.#waiting.delete(id));
  }

  /** An answer has come; one that nobody waits for is worth no word. */
  answered(answer: AgentAnswer): void {
    this.#waiting.get(answer.id)?.answered(answer);
  }

  /** The link is over: nobody waits any more. Idempotent. */
  close(reason: string): void {
    this.#closed ??= reason;
    for (const waiting of this.#waiting.values()) waiting.failed(agentOffline(reason));
  }
}

function busy(): GangwayError {
  return new GangwayError('agent-busy', 'the agent is asked too much at once', {
    remedy: 'Try again in a moment.',
  });
}

function silent(): GangwayError {
  return new GangwayError('agent-silent', 'the agent does not answer', {
    remedy: 'Look at its log, and at the line between it and the relay.',
  });
}

/** There is no link to the agent. */
export function agentOffline(reason = 'the agent is not connected'): GangwayError {
  return new GangwayError('agent-offline', reason, {
    remedy: 'Start the agent, or look at its log for why it cannot reach the relay.',
  });
}
