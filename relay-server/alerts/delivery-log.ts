import { randomUUID } from 'node:crypto';
import { ALERT_LIMITS } from '../watch-limits.ts';
import type { Attempt, ChannelName, Message } from './channel.ts';

/** One attempt that was made, or an alert that was given up. */
export interface Delivery {
  readonly id: string;
  readonly at: number;
  readonly channel: ChannelName;
  readonly message: Message;
  /** 1 for the first. */
  readonly attempt: number;
  readonly result: Attempt['is'] | 'given-up';
  readonly detail: string;
}

/** The last attempts to deliver, in memory. */
export class DeliveryLog {
  #entries: Delivery[] = [];

  add(delivery: Omit<Delivery, 'id'>): Delivery {
    const entry = { id: randomUUID(), ...delivery };
    this.#entries = [...this.#entries, entry].slice(-ALERT_LIMITS.log);
    return entry;
  }

  /** Newest first. */
  get entries(): Delivery[] {
    return this.#entries.toReversed();
  }
}
