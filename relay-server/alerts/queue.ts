import { ExponentialBackoff, halfJitterGenerator, type IBackoff } from 'cockatiel';
import { ALERT_LIMITS } from '../watch-limits.ts';
import type { ChannelNumbers } from '../metrics/sources.ts';
import type { Attempt, ChannelName, Message, Send } from './channel.ts';
import type { Delivery, DeliveryLog } from './delivery-log.ts';

export interface QueueOptions {
  readonly channel: ChannelName;
  readonly send: Send;
  readonly log: DeliveryLog;
  /** Calls `expired` once after `ms`; the returned function cancels. */
  readonly after: (ms: number, expired: () => void) => () => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

interface Waiting {
  readonly message: Message;
  attempts: number;
  /** Undefined before the first failure. */
  backoff: IBackoff<unknown> | undefined;
}

/** `idle` → `sending` → `idle`, or `waiting` for the next attempt; `closed` is never left. */
type State =
  | { readonly is: 'idle' | 'sending' | 'closed' }
  | { readonly is: 'waiting'; readonly cancel: () => void };

/**
 * Delivers alerts by one channel, one after the other, so that "back" never comes before "away". One that fails is
 * sent again, with growing waits, until it is a day old. What waits is kept in memory and bounded.
 */
export class DeliveryQueue {
  readonly #options: QueueOptions;
  readonly #backoff = new ExponentialBackoff({
    generator: halfJitterGenerator,
    initialDelay: ALERT_LIMITS.firstRetry,
    maxDelay: ALERT_LIMITS.lastRetry,
  });
  readonly #waiting: Waiting[] = [];
  #counts = { delivered: 0, failed: 0, givenUp: 0 };
  #state: State = { is: 'idle' };

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get numbers(): ChannelNumbers {
    return { waiting: this.#waiting.length, ...this.#counts };
  }

  push(message: Message): void {
    if (this.#state.is === 'closed') return;
    this.#waiting.push({ message, attempts: 0, backoff: undefined });
    if (this.#waiting.length > ALERT_LIMITS.queue) {
      // The one that is being sent just now stays.
      const [dropped] = this.#waiting.splice(this.#state.is === 'sending' ? 1 : 0, 1);
      if (dropped !== undefined) this.#giveUp(dropped, 'too many alerts wait');
    }
    this.#next();
  }

  /** Tries at once: the receiver was set up anew. */
  again(): void {
    if (this.#state.is === 'waiting') {
      this.#state.cancel();
      this.#state = { is: 'idle' };
    }
    this.#next();
  }

  /** Gives up all that waits, without a word. */
  clear(): void {
    this.#waiting.splice(this.#state.is === 'sending' ? 1 : 0);
    this.again();
  }

  close(): void {
    if (this.#state.is === 'waiting') this.#state.cancel();
    this.#state = { is: 'closed' };
    this.#waiting.length = 0;
  }

  #next(): void {
    const [first] = this.#waiting;
    if (this.#state.is !== 'idle' || first === undefined) return;
    this.#state = { is: 'sending' };
    first.attempts += 1;
    void this.#options.send(first.message).then((attempt) => this.#sent(first, attempt));
  }

  #sent(one: Waiting, attempt: Attempt): void {
    if (this.#isClosed) return;
    this.#state = { is: 'idle' };
    this.#note(one, attempt.is, attempt.detail);
    if (attempt.is === 'delivered') this.#counts.delivered += 1;
    else this.#counts.failed += 1;
    if (attempt.is === 'failed') {
      this.#later(one);
      return;
    }
    this.#waiting.shift();
    if (attempt.is === 'refused') this.#counts.givenUp += 1;
    this.#next();
  }

  #later(one: Waiting): void {
    if (this.#options.now() - one.message.at >= ALERT_LIMITS.giveUp) {
      this.#waiting.shift();
      this.#giveUp(one, 'it could not be delivered within a day');
      this.#next();
      return;
    }
    one.backoff = one.backoff?.next(undefined) ?? this.#backoff.next();
    const cancel = this.#options.after(one.backoff.duration, () => {
      this.#state = { is: 'idle' };
      this.#next();
    });
    this.#state = { is: 'waiting', cancel };
  }

  #giveUp(one: Waiting, detail: string): void {
    this.#counts.givenUp += 1;
    this.#note(one, 'given-up', detail);
  }

  #note({ message, attempts }: Waiting, result: Delivery['result'], detail: string): void {
    const { channel, log, now } = this.#options;
    log.add({ at: now(), channel, message, attempt: attempts, result, detail });
  }

  get #isClosed(): boolean {
    return this.#state.is === 'closed';
  }
}
