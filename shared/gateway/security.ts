import type { Command } from '../ftp/command.ts';
import type { Reply } from '../ftp/reply.ts';
import { TLS_REPLIES } from './tls-replies.ts';
import type { TlsRules } from './tls-rules.ts';

/** How a data connection is protected, as PROT says: C or P (RFC 4217 §9). */
export type Protection = 'clear' | 'private';

/**
 * - `clear`: the control connection is as it came, and so are data connections.
 * - `secured`: TLS is spoken on it, or agreed on. PROT is taken once PBSZ has come (RFC 2228 §3).
 */
export type SecurityState =
  | { readonly is: 'clear' }
  | { readonly is: 'secured'; readonly sized: boolean; readonly protection: Protection };

/** A connection on which TLS began at once: data connections have it too unless the client says PROT C. */
export const IMPLICIT: SecurityState = { is: 'secured', sized: true, protection: 'private' };

/** What a session answers a command about TLS; `begin` asks for TLS behind that answer. */
export interface SecurityAnswer {
  readonly reply: Reply;
  readonly begin?: true;
}

/** Data connections with TLS are implied by these names of the mechanism, in clear ones by the others. */
const MECHANISMS: ReadonlyMap<string, Protection> = new Map([
  ['TLS', 'clear'],
  ['TLS-C', 'clear'],
  ['SSL', 'private'],
  ['TLS-P', 'private'],
]);

/**
 * The TLS of one client's session: what AUTH, PBSZ, PROT and CCC lead to (RFC 4217), and what may not be
 * done without it. Pure; it never sees a byte of TLS.
 */
export class Security {
  readonly #rules: () => TlsRules;
  #state: SecurityState;

  /** @param rules asked each time: a change holds at once */
  constructor(rules: () => TlsRules, state: SecurityState = { is: 'clear' }) {
    this.#rules = rules;
    this.#state = state;
  }

  get state(): SecurityState {
    return this.#state;
  }

  /** TLS is spoken on the control connection, or agreed on. */
  get secured(): boolean {
    return this.#state.is === 'secured';
  }

  /** AUTH is taken, or was. Otherwise nothing of this changes. */
  get available(): boolean {
    return this.secured || this.#rules().login !== 'off';
  }

  /** How the next transfer's data connection is protected. */
  get protection(): Protection {
    return this.#state.is === 'secured' ? this.#state.protection : 'clear';
  }

  /** Features to be listed by FEAT. */
  get features(): readonly string[] {
    return this.available ? ['AUTH TLS', 'PBSZ', 'PROT'] : [];
  }

  /**
   * Answers AUTH, PBSZ, PROT or CCC.
   * @param loggedIn a user who is logged in has said his password in clear already: AUTH comes too late
   */
  answer(command: Command, loggedIn: boolean): SecurityAnswer {
    const argument = command.argument?.toString('latin1').trim().toUpperCase() ?? '';
    if (!this.available) return { reply: TLS_REPLIES.noTls() };
    switch (command.verb) {
      case 'AUTH':
        return this.#authenticate(argument, loggedIn);
      case 'PBSZ':
        return { reply: this.#size(argument) };
      case 'PROT':
        return { reply: this.#protect(argument) };
      default:
        return { reply: this.secured ? TLS_REPLIES.clearCommand() : TLS_REPLIES.authFirst('CCC') };
    }
  }

  /** Why the client may not log in yet. */
  get loginRefusal(): Reply | undefined {
    const { login, implicitPort } = this.#rules();
    return login === 'required' && !this.secured
      ? TLS_REPLIES.loginNeedsTls(implicitPort)
      : undefined;
  }

  /** Why the client may not transfer as it is. */
  get transferRefusal(): Reply | undefined {
    const needed = this.#rules().data === 'required' && this.protection === 'clear';
    if (!needed) return undefined;
    return this.secured ? TLS_REPLIES.dataNeedsTls() : TLS_REPLIES.dataNeedsAuth();
  }

  #authenticate(mechanism: string, loggedIn: boolean): SecurityAnswer {
    const implied = MECHANISMS.get(mechanism);
    if (implied === undefined) return { reply: TLS_REPLIES.unknownMechanism() };
    if (this.secured) return { reply: TLS_REPLIES.securedAlready() };
    if (loggedIn) return { reply: TLS_REPLIES.authTooLate() };
    const allowed = this.#rules().data !== 'off';
    const protection = allowed ? implied : 'clear';
    this.#state = { is: 'secured', sized: false, protection };
    return { reply: TLS_REPLIES.authAccepted(), begin: true };
  }

  #size(argument: string): Reply {
    const state = this.#state;
    if (state.is === 'clear') return TLS_REPLIES.authFirst('PBSZ');
    if (!/^\d{1,10}$/.test(argument)) return TLS_REPLIES.badBufferSize();
    this.#state = { ...state, sized: true };
    return TLS_REPLIES.bufferSize();
  }

  #protect(level: string): Reply {
    const state = this.#state;
    if (state.is === 'clear') return TLS_REPLIES.authFirst('PROT');
    if (!state.sized) return TLS_REPLIES.sizeFirst();
    if (level === 'S' || level === 'E') return TLS_REPLIES.unsupportedLevel(level);
    if (level !== 'C' && level !== 'P') return TLS_REPLIES.unknownLevel();
    const { data } = this.#rules();
    if (level === 'C' && data === 'required') return TLS_REPLIES.dataNeedsTls();
    if (level === 'P' && data === 'off') return TLS_REPLIES.noDataTls();
    this.#state = { ...state, protection: level === 'P' ? 'private' : 'clear' };
    return TLS_REPLIES.protectionSet(level);
  }
}
