import type { Command } from '../ftp/command.ts';
import { isCompletion, isFailure, type Reply } from '../ftp/reply.ts';
import type { SessionEvent } from './events.ts';
import { shortened } from './shortened.ts';

/**
 * Reads along with a session: tells as events what client and server say, and knows how far they have
 * come with each other. It changes nothing.
 */
export class Progress {
  readonly #emit: (event: SessionEvent) => void;
  #stage: 'connected' | 'greeted' | 'logged-in' = 'connected';
  #lastVerb = '';
  #farewell: 221 | 421 | undefined;

  constructor(emit: (event: SessionEvent) => void) {
    this.#emit = emit;
  }

  /** The server has greeted. */
  get greeted(): boolean {
    return this.#stage !== 'connected';
  }

  get loggedIn(): boolean {
    return this.#stage === 'logged-in';
  }

  /** The server's word of parting, if it has said one. */
  get farewell(): 221 | 421 | undefined {
    return this.#farewell;
  }

  /** A command of the client. Arguments of PASS and ACCT are told to nobody. */
  command({ verb, argument }: Command): void {
    this.#lastVerb = verb;
    const text = argument?.toString();
    if (verb === 'USER') this.#emit({ type: 'user', name: text ?? '' });
    const secret = verb === 'PASS' || verb === 'ACCT';
    const told = text !== undefined && !secret;
    this.#emit({ type: 'command', verb: verb.slice(0, 16), ...(told && { argument: text }) });
  }

  /** A reply of the server. */
  reply(reply: Reply): void {
    const { code } = reply;
    // With QUIT during a transfer a server may say 221 before the transfer's 226.
    if (code === 221 || code === 421) this.#farewell = code;
    else if (this.#lastVerb !== 'QUIT') this.#farewell = undefined;
    if (this.#stage === 'connected') {
      if (code < 200) return;
      // The session of a client that is logged in already begins with the word that let him in.
      this.#stage = isLogin(code) ? 'logged-in' : 'greeted';
      const text = shortened(reply.lines[0]?.toString() ?? '');
      if (this.#stage === 'greeted') this.#emit({ type: 'greeted', code, text });
      else this.#emit({ type: 'logged-in', code });
    } else if (this.#lastVerb === 'REIN' && isCompletion(reply) && code !== 226) {
      this.#stage = 'greeted';
    } else if (this.#lastVerb === 'PASS' && isFailure(reply) && !this.#isParting(code)) {
      const text = shortened(reply.lines.at(-1)?.toString() ?? '');
      this.#emit({ type: 'login-failed', code, text });
    } else if (this.#stage === 'greeted' && (code === 230 || this.#completesLogin(reply))) {
      this.#stage = 'logged-in';
      this.#emit({ type: 'logged-in', code });
    }
  }

  /** 421 to somebody who is in ends his session, at any moment; it says nothing of his password. */
  #isParting(code: number): boolean {
    return code === 421 && this.#stage === 'logged-in';
  }

  /** After PASS any completion is one. */
  #completesLogin(reply: Reply): boolean {
    return this.#lastVerb === 'PASS' && isCompletion(reply);
  }
}

/** 202 and 232 are logins too (RFC 959 §5.4, RFC 2228). */
export function isLogin(code: number): boolean {
  return code === 230 || code === 202 || code === 232;
}
