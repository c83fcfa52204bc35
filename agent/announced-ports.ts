import { announcedPort, parsePasvReply } from '../shared/ftp/address.ts';
import type { Reply } from '../shared/ftp/reply.ts';
import { AGENT_LIMITS } from '../shared/limits.ts';
import type { Networks } from '../shared/net/networks.ts';

/** A data port the FTP server announced, and where it is if that is not the server's own address. */
interface Announced {
  readonly port: number;
  readonly host: string | undefined;
}

/**
 * The data ports the FTP server announced on one control connection. Only whole replies count, so a `227`
 * inside a banner or a file name announces nothing.
 */
export class AnnouncedPorts {
  readonly #dataHosts: Networks;
  #ports: Announced[] = [];

  /** @param dataHosts addresses other than the server's own that its 227 may name */
  constructor(dataHosts: Networks) {
    this.#dataHosts = dataHosts;
  }

  /** A reply of the server, whichever it is. */
  note(reply: Reply): void {
    const port = announcedPort(reply);
    if (port === undefined) return;
    const named = parsePasvReply(reply)?.host;
    const host = named !== undefined && this.#dataHosts.has(named) ? named : undefined;
    this.#ports = [...this.#ports, { port, host }].slice(-AGENT_LIMITS.announcedPorts);
  }

  /** The announcement of a port, if there was one; each is good for one connection. */
  take(port: number): Announced | undefined {
    const at = this.#ports.findLastIndex((one) => one.port === port);
    return at < 0 ? undefined : this.#ports.splice(at, 1)[0];
  }
}
