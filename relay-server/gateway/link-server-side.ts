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
    const { agent, session, client } = this.#options;
    const stream = agent.link.open(encodeOpenRequest({ t: 'control', session, client }), {
      priority: 'control',
    });
    this.#control = stream.id;
    return stream;
  }

  openData(port: number, connected: () => void): Channel {
    return this.#options.agent.openData(
      { t: 'data', control: this.#control, port },
      {
        report: ({ t }) => {
          if (t === 'connected') connected();
        },
        over: () => {},
      },
    );
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
