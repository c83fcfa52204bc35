import type { Channel, ChannelBroken } from '../../shared/channel.ts';
import type { PassiveRefusal, ServerSide } from '../../shared/gateway/sides.ts';
import type { Link } from '../../shared/mux/link.ts';
import { encodeOpenRequest } from '../../shared/proto/open-request.ts';

export interface LinkServerSideOptions {
  link: Link;
  session: string;
  /** The client's address, for the agent's log. */
  client: string;
  /** The PROXY header the server is sent first; undefined for none. Made anew for each connection. */
  proxyHeader: (connection: 'control' | 'data') => Buffer | undefined;
  /** Words for a control connection that failed. */
  describeFailure: (broken: ChannelBroken) => string;
}

/** The gateway's server side where the FTP server is behind an agent: everything is a stream of its link. */
export class LinkServerSide implements ServerSide {
  readonly #options: LinkServerSideOptions;
  #control = 0;

  constructor(options: LinkServerSideOptions) {
    this.#options = options;
  }

  openControl(): Channel {
    const { link, session, client, proxyHeader } = this.#options;
    const header = proxyHeader('control');
    const preamble = header === undefined ? {} : { preamble: header.length };
    const request = encodeOpenRequest({ t: 'control', session, client, ...preamble });
    const stream = link.open(request, { priority: 'control' });
    this.#control = stream.id;
    if (header !== undefined) stream.write(header);
    return stream;
  }

  openData(port: number): Channel {
    const request = encodeOpenRequest({ t: 'data', control: this.#control, port });
    const stream = this.#options.link.open(request, { priority: 'bulk' });
    const header = this.#options.proxyHeader('data');
    if (header !== undefined) stream.write(header);
    return stream;
  }

  describeFailure(broken: ChannelBroken): string {
    return this.#options.describeFailure(broken);
  }

  listenData(): Promise<PassiveRefusal> {
    return Promise.resolve({ refused: 'active mode is not available on the server side' });
  }
}
