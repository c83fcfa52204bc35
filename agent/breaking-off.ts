import { Buffer } from 'node:buffer';
import type { Timers } from '../shared/gateway/sides.ts';
import { AGENT_LIMITS } from '../shared/limits.ts';

const ABOR = Buffer.from('ABOR\r\n');

/**
 * The end of an upload whose link is over, in the order in which no FTP server takes what it has for the
 * whole file: ABOR, the reset of the data connection, the end of the control connection.
 *
 * pyftpdlib calls an upload complete whose data connection is reset, unless it has read ABOR. vsftpd and
 * ProFTPD read nothing before the data connection is over, go on storing when the control connection ends
 * first, and log the failure behind their reply. So each step waits for a word of the server, but not for long.
 */
export class BreakingOff {
  readonly #send: (bytes: Uint8Array) => void;
  readonly #timers: Timers;
  /** What the server was shown last. */
  #shown: 'nothing' | 'abor' | 'reset' | 'end' = 'nothing';
  #data: (() => void)[] = [];
  #control: (() => void) | undefined;
  #cancel: (() => void) | undefined;

  /** @param send sends the server bytes on the control connection */
  constructor(send: (bytes: Uint8Array) => void, timers: Timers) {
    this.#send = send;
    this.#timers = timers;
  }

  /** A data connection of the upload is to be reset, in its turn. */
  data(reset: () => void): void {
    if (this.#shown === 'reset' || this.#shown === 'end') {
      reset();
      return;
    }
    this.#data.push(reset);
    if (this.#shown === 'nothing') this.#show('abor', () => this.#send(ABOR));
  }

  /** The control connection is to be reset, in its turn, which is now if no upload is broken off. */
  control(reset: () => void): void {
    if (this.#shown === 'abor' || this.#shown === 'reset') this.#control = reset;
    else reset();
  }

  /** The server has said something. */
  heard(): void {
    if (this.#shown === 'abor') {
      this.#show('reset', () => {
        for (const reset of this.#data.splice(0)) reset();
      });
    } else if (this.#shown === 'reset') {
      this.#cancel?.();
      this.#shown = 'end';
      this.#control?.();
    }
  }

  #show(what: 'abor' | 'reset', act: () => void): void {
    this.#cancel?.();
    this.#shown = what;
    act();
    this.#cancel = this.#timers.after(AGENT_LIMITS.lastWord, () => this.heard());
  }
}
