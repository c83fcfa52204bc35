import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import {
  parseEpsvReply,
  parsePasvReply,
  formatEprtArgument,
  formatPortArgument,
} from '../../shared/ftp/address.ts';
import { familyOf } from '../../shared/net/address.ts';
import type { AgentLink } from '../agents/agent-link.ts';
import { LinkServerSide } from '../gateway/link-server-side.ts';
import { proxyHeaders } from '../gateway/proxy-headers.ts';
import type { Tunnel } from '../store/store.ts';
import { ChannelDuplex, ChannelFault } from './channel-duplex.ts';
import { FtpClient, FtpFault, wordsOf } from './ftp-client.ts';
import type { AgreedData, DataWay } from './transfers.ts';

/** Modes of the server's data connections, as they are tried. */
export const WAYS = ['EPSV', 'PASV', 'active'] as const;
export type Way = (typeof WAYS)[number];

/** Whom a server that wants PROXY headers is told that the doctor is: RFC 6890 gives the address to nobody. */
const NOBODY = { host: '192.0.0.8', port: 9 };

/** The FTP server behind an agent, with the doctor as its client. */
export class ServerVisit {
  readonly client: FtpClient;
  readonly #side: LinkServerSide;
  #broken: ChannelFault | undefined;

  /** Connects. @param signal ends it */
  constructor(agent: AgentLink, tunnel: Tunnel, signal: AbortSignal) {
    this.#side = new LinkServerSide({
      agent,
      session: `doctor-${randomBytes(4).toString('hex')}`,
      client: 'the doctor',
      proxyHeader: proxyHeaders(tunnel.policy, { client: NOBODY, reached: NOBODY }),
      describeFailure: ({ code, reason }) =>
        code.startsWith('server-') ? reason : `${code}: ${reason}`,
    });
    const control = new ChannelDuplex(this.#side.openControl());
    control.on('error', (error) => {
      if (error instanceof ChannelFault) this.#broken = error;
    });
    this.client = new FtpClient(control, signal);
  }

  /** Why the control connection broke, if it did. */
  get broken(): string | undefined {
    return this.#broken === undefined ? undefined : this.#side.describeFailure(this.#broken.broken);
  }

  /** How data connections come about in a mode. */
  way(way: Way): DataWay {
    return (client) => (way === 'active' ? this.#active(client) : this.#passive(client, way));
  }

  async #passive(client: FtpClient, verb: 'EPSV' | 'PASV'): Promise<AgreedData> {
    const reply = await client.demand(verb);
    const port = verb === 'EPSV' ? parseEpsvReply(reply) : parsePasvReply(reply)?.port;
    if (port === undefined) {
      throw new FtpFault(`${verb} was answered ${wordsOf(reply)}, which names no port`, { reply });
    }
    const data = new ChannelDuplex(this.#side.openData(port, () => {}, false));
    return { data: Promise.resolve(data), giveUp: () => void data.destroy() };
  }

  async #active(client: FtpClient): Promise<AgreedData> {
    const come = Promise.withResolvers<Duplex>();
    const listening = Promise.withResolvers<{ host: string; port: number }>();
    let data: ChannelDuplex | undefined;
    const giveUp = this.#side.listenData(
      {
        listening: (at, channel) => {
          data = new ChannelDuplex(channel);
          listening.resolve(at);
        },
        connected: () => data && come.resolve(data),
        failed: (reason) => listening.reject(new FtpFault(`the agent cannot listen: ${reason}`)),
      },
      false,
    );
    const at = await listening.promise;
    await (familyOf(at.host) === 4
      ? client.demand('PORT', formatPortArgument(at))
      : client.demand('EPRT', formatEprtArgument(at)));
    return {
      data: come.promise,
      giveUp: () => {
        giveUp();
        data?.destroy();
      },
    };
  }
}
