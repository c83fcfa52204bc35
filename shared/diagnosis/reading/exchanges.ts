import type { SessionRecord } from '../record.ts';
import { isOwnWord } from './own-words.ts';

/** The final reply to a command. */
export interface Answer {
  readonly at: number;
  readonly code: number;
  /** How long the client waited for it, milliseconds. */
  readonly ms: number;
  /** Empty unless it refuses. */
  readonly text: string;
  readonly by: 'gateway' | 'server';
}

/** A command of the client, and what came of it. */
export interface Exchange {
  readonly at: number;
  readonly verb: string;
  /** Empty where there is none, or a secret. */
  readonly argument: string;
  /** Undefined where none has come, or none was kept. */
  readonly answer: Answer | undefined;
}

type Open = { -readonly [K in keyof Exchange]: Exchange[K] };

/** Pairs commands with answers: by their verbs, in order. */
export function readExchanges({ events, omitted }: SessionRecord): Exchange[] {
  const exchanges: Open[] = [];
  const waiting = new Map<string, Open[]>();
  const refused = new Map<string, number>();
  for (const { at, event } of events) {
    if (event.type === 'command') {
      const { verb, argument = '' } = event;
      const one: Open = { at, verb, argument, answer: undefined };
      exchanges.push(one);
      waiting.set(verb, [...(waiting.get(verb) ?? []), one]);
    } else if (event.type === 'refused') {
      const key = `${event.code} ${event.verb}`;
      refused.set(key, (refused.get(key) ?? 0) + 1);
    } else if (event.type === 'answered') {
      const { code, ms, text = '' } = event;
      const verb = event.verb.slice(0, 16);
      const key = `${code} ${verb}`;
      const left = refused.get(key) ?? 0;
      if (left > 0) refused.set(key, left - 1);
      const by = left > 0 || isOwnWord(text) ? 'gateway' : 'server';
      const queue = waiting.get(verb) ?? [];
      // Where events were left out, a command further back was answered among them.
      const one = omitted > 0 ? queue.pop() : queue.shift();
      if (one !== undefined) one.answer = { at, code, ms, text, by };
    }
  }
  return exchanges;
}
