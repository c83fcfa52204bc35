import { reply, type Reply } from '../ftp/reply.ts';
import type { RefusalReason } from './events.ts';

/** A reply by which the gateway itself refuses a command, with a stable word for why. */
export interface Refusal extends Reply {
  readonly why: RefusalReason;
}

export function refusal(why: RefusalReason, code: number, text: string): Refusal {
  return { ...reply(code, text), why };
}

/** Why a reply refuses, if it says so itself. */
export function reasonOf(text: Reply | Refusal): RefusalReason {
  return 'why' in text ? text.why : 'not-a-command';
}
