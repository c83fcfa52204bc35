import { hostname } from 'node:os';
import { formatHostPort } from '../shared/config/values.ts';
import { PROTO_LIMITS } from '../shared/limits.ts';
import type { Link } from '../shared/mux/link.ts';
import type { Stream } from '../shared/mux/stream.ts';
import {
  CAPABILITIES,
  decodeRelayMessage,
  encodeMessage,
  MessageLines,
  type AgentMessage,
  type RelayMessage,
} from '../shared/proto/link-messages.ts';
import { encodeOpenRequest } from '../shared/proto/open-request.ts';
import { gangwayVersion } from '../shared/version.ts';
import type { AgentConfig } from './agent.ts';

/** The stream on which agent and relay tell each other things. */
export class LinkStream {
  readonly #link: Link;
  readonly #stream: Stream;
  readonly #lines = new MessageLines(PROTO_LIMITS.message);

  /** Opens it, as the first stream of the link. */
  constructor(link: Link, heard: (message: RelayMessage) => void) {
    this.#link = link;
    this.#stream = link.open(encodeOpenRequest({ t: 'link' }), { priority: 'control' });
    this.#stream.start({
      data: (chunk) => {
        for (const line of this.#push(chunk)) {
          const message = decodeRelayMessage(line);
          if (message !== undefined) heard(message);
        }
      },
      end: () => this.#stream.end(),
      drain: () => {},
      flushed: () => {},
      closed: () => {},
    });
  }

  /** Lost if the link is over. */
  tell(message: AgentMessage): void {
    this.#stream.write(encodeMessage(message));
  }

  /** Lines a chunk completes; a relay that sends endless ones loses the link. */
  #push(chunk: Uint8Array): string[] {
    try {
      return this.#lines.push(chunk);
    } catch (error) {
      this.#link.close('link-lost', `the relay broke the protocol: ${String(error)}`);
      return [];
    }
  }
}

/** What an agent says first of itself. */
export function helloOf({ server, lanDirect, serverTls }: AgentConfig): AgentMessage {
  return {
    t: 'hello',
    version: gangwayVersion(),
    host: hostname().slice(0, 64),
    server: formatHostPort(server),
    lanDirect,
    serverTls: serverTls?.how ?? 'none',
    ...(serverTls !== undefined && { serverTlsVerified: serverTls.trust.by }),
    capabilities: [...CAPABILITIES],
  };
}
