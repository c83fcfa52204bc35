import { announcedPort } from '../shared/ftp/address.ts';
import { FtpSyntaxError, ReplyReader, type Reply } from '../shared/ftp/reply.ts';
import { AGENT_LIMITS } from '../shared/limits.ts';

/**
 * Reads along what the FTP server says on one control connection and remembers the data ports it
 * announces. Only whole replies count, so a `227` inside a banner or a file name announces nothing.
 */
export class AnnouncedPorts {
  #reader: ReplyReader | undefined = new ReplyReader();
  #ports: number[] = [];

  /** Bytes from the server. What is no FTP any more announces nothing any more. */
  watch(chunk: Uint8Array): void {
    try {
      this.#note(this.#reader?.push(chunk) ?? []);
    } catch (error) {
      if (!(error instanceof FtpSyntaxError)) throw error;
      this.#note(error.replies);
      this.#reader = undefined;
    }
  }

  #note(replies: readonly Reply[]): void {
    for (const reply of replies) {
      const port = announcedPort(reply);
      if (port !== undefined)
        this.#ports = [...this.#ports, port].slice(-AGENT_LIMITS.announcedPorts);
    }
  }

  /** Whether the port was announced; each announcement is good for one connection. */
  take(port: number): boolean {
    const at = this.#ports.lastIndexOf(port);
    if (at < 0) return false;
    this.#ports.splice(at, 1);
    return true;
  }
}
