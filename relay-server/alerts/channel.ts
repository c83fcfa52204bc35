import type { Alert, AlertKind } from './alert.ts';

export const CHANNELS = ['webhook', 'mail'] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** An alert on its way: the same id at each attempt, so that a receiver can tell a repetition. */
export interface Message extends Omit<Alert, 'kind'> {
  readonly id: string;
  readonly kind: AlertKind | 'test';
}

/** What came of an attempt. `detail` is what the receiver said, or what went wrong, for people. */
export type Attempt =
  | { readonly is: 'delivered'; readonly detail: string }
  /** It may succeed later. */
  | { readonly is: 'failed'; readonly detail: string }
  /** It will not succeed, as it is set up. */
  | { readonly is: 'refused'; readonly detail: string };

/** Delivers one message, once. Never rejects. */
export type Send = (message: Message) => Promise<Attempt>;
