import { CommandLineReader, type CommandLine } from '../ftp/line-reader.ts';
import { FTP_LIMITS } from '../limits.ts';

export interface CommandIntakeOptions {
  /** Handles one line; what it does may make {@link open} answer otherwise. */
  take: (line: CommandLine) => void;
  /** Whether the next line may be handled now. */
  open: () => boolean;
  /** Told after each {@link CommandIntake.take} whether lines wait: the client is to be stopped meanwhile. */
  hold: (waiting: boolean) => void;
}

/** The client's lines, handled one at a time as far as the session is open for them; the rest waits. */
export class CommandIntake {
  readonly #options: CommandIntakeOptions;
  readonly #reader = new CommandLineReader(FTP_LIMITS.commandLine);
  #lines: CommandLine[] = [];
  /** Lines are being handled; what happens meanwhile must not begin to handle them again. */
  #taking = false;

  constructor(options: CommandIntakeOptions) {
    this.#options = options;
  }

  /** No line waits. */
  get empty(): boolean {
    return this.#lines.length === 0;
  }

  /** Bytes of the over-long line at hand that were thrown away. */
  get discarded(): number {
    return this.#reader.discarded;
  }

  /** Bytes of the client; they are handled by {@link take}. */
  push(chunk: Uint8Array): void {
    this.#lines = this.#lines.concat(this.#reader.push(chunk));
  }

  /** Handles what may be handled now. */
  take(): void {
    if (this.#taking) return;
    const { take, open, hold } = this.#options;
    this.#taking = true;
    let taken = 0;
    while (taken < this.#lines.length && open()) {
      const line = this.#lines[taken];
      taken += 1;
      if (line !== undefined) take(line);
    }
    this.#lines = this.#lines.slice(taken);
    this.#taking = false;
    hold(this.#lines.length > 0);
  }
}
