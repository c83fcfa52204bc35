import { announcedPort, parsePasvReply } from '../shared/ftp/address.ts';
import { FtpSyntaxError, ReplyReader, type Reply } from '../shared/ftp/reply.ts';
import { AGENT_LIMITS } from '../shared/limits.ts';
import type { Networks } from '../shared/net/networks.ts';

/** A data port the FTP server announced, and where it is if that is not the server's own address. */
interface Announced {
  readonly port: number;
  readonly host: string | undefined;
}

/**
 * Reads along what the FTP server says on one control connection and remembers the data ports it
 * announces. Only whole replies count, so a `227` inside a banner or a file name announces nothing.
 */
export class AnnouncedPorts {
  readonly #dataHosts: Networks;
  #reader: ReplyReader | undefined = new ReplyReader();
  #ports: Announced[] = [];

  /** @param dataHosts addresses other than the server's own that its 227 may name */
  constructor(dataHosts: Networks) {
    this.#dataHosts = dataHosts;
  }

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
      if (port === undefined) continue;
      const named = parsePasvReply(reply)?.host;
      const host = named !== undefined && this.#dataHosts.has(named) ? named : undefined;
      this.#ports = [...this.#ports, { port, host }].slice(-AGENT_LIMITS.announcedPorts);
    }
  }

  /** The announcement of a port, if there was one; each is good for one connection. */
  take(port: number): Announced | undefined {
    const at = this.#ports.findLastIndex((one) => one.port === port);
    return at < 0 ? undefined : this.#ports.splice(at, 1)[0];
  }
}
