import { isIP } from 'node:net';
import type { Channel, ChannelBroken } from '../../shared/channel.ts';
import type { ListenOutcome, ServerSide } from '../../shared/gateway/sides.ts';
import { encodeOpenRequest } from '../../shared/proto/open-request.ts';
import type { AgentLink } from '../agents/agent-link.ts';

export interface LinkServerSideOptions {
  agent: AgentLink;
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
    const { agent, session, client, proxyHeader } = this.#options;
    const header = proxyHeader('control');
    const preamble = header === undefined ? {} : { preamble: header.length };
    const request = encodeOpenRequest({ t: 'control', session, client, ...preamble });
    const stream = agent.link.open(request, { priority: 'control' });
    this.#control = stream.id;
    if (header !== undefined) stream.write(header);
    return stream;
  }

  openData(port: number, connected: () => void): Channel {
    const { agent, proxyHeader } = this.#options;
    const stream = agent.openData(
      { t: 'data', control: this.#control, port },
      {
        report: ({ t }) => {
          if (t === 'connected') connected();
        },
        over: () => {},
      },
    );
    const header = proxyHeader('data');
    if (header !== undefined) stream.write(header);
    return stream;
  }

  listenData(outcome: ListenOutcome): () => void {
    let state: 'asked' | 'listening' | 'over' = 'asked';
    const fail = (reason: string): void => {
      if (state !== 'asked') return;
      state = 'over';
      outcome.failed(reason);
    };
    const stream = this.#options.agent.openData(
      { t: 'listen', control: this.#control },
      {
        report: (report) => {
          if (report.t === 'connected') {
            if (state === 'listening') outcome.connected();
          } else if (state === 'asked' && isAddress(report.host)) {
            state = 'listening';
            outcome.listening({ host: report.host, port: report.port }, stream);
          }
        },
        over: (broken) => fail(broken?.reason ?? 'the agent ended it'),
      },
    );
    return () => {
      if (state !== 'asked') return;
      state = 'over';
      stream.reset('the data connection was given up');
    };
  }

  describeFailure(broken: ChannelBroken): string {
    return this.#options.describeFailure(broken);
  }
}

/** What an agent says goes into a command to the FTP server. A zone means nothing there. */
function isAddress(host: string): boolean {
  return isIP(host) !== 0 && !host.includes('%');
}
