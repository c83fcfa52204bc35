import { isIP } from 'node:net';
import type { Channel, ChannelBroken } from '../../shared/channel.ts';
import type { HostPort } from '../../shared/ftp/address.ts';
import type {
  ClientConnection,
  DialOutcome,
  ListenOutcome,
  ServerSide,
} from '../../shared/gateway/sides.ts';
import type { Stream } from '../../shared/mux/stream.ts';
import { encodeOpenRequest } from '../../shared/proto/open-request.ts';
import type { AgentLink } from '../agents/agent-link.ts';
import { PastStream } from './past-stream.ts';

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

  get secured(): boolean {
    return this.#options.agent.serverTls.how !== 'none';
  }

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

  /** The same side for a session that gets the control connection, which is open already, from `control`. */
  opened(control: Channel): ServerSide {
    return {
      secured: this.secured,
      openControl: () => control,
      openData: (port, connected, held) => this.openData(port, connected, held),
      describeFailure: (broken) => this.describeFailure(broken),
      listenData: (outcome, held) => this.listenData(outcome, held),
      dialNear: (server, address, outcome) => this.dialNear(server, address, outcome),
      release: (server) => this.release(server),
    };
  }

  openData(port: number, connected: () => void, held: boolean): Channel {
    const { agent, proxyHeader } = this.#options;
    const header = proxyHeader('data');
    // An agent that speaks TLS with its server has to know where the header ends.
    const isTls = this.secured;
    const preamble = header !== undefined && isTls ? { preamble: header.length } : {};
    const control = this.#control;
    const request = { t: 'data', control, port, ...(held && { held }), ...preamble } as const;
    const opened = agent.openData(request, {
      report: (report) => {
        if (report.t === 'connected') connected();
        else stream.report(report);
      },
      over: () => {},
    });
    const stream = this.#pastStream(opened);
    if (header !== undefined) stream.write(header);
    return stream;
  }

  listenData(outcome: ListenOutcome, held: boolean): () => void {
    let state: 'asked' | 'listening' | 'over' = 'asked';
    const fail = (reason: string): void => {
      if (state !== 'asked') return;
      state = 'over';
      outcome.failed(reason);
    };
    const request = { t: 'listen', control: this.#control, ...(held && { held }) } as const;
    const opened = this.#options.agent.openData(request, {
      report: (report) => {
        if (report.t === 'connected') {
          if (state === 'listening') outcome.connected();
        } else if (report.t !== 'listening') {
          stream.report(report);
        } else if (state === 'asked' && isAddress(report.host)) {
          state = 'listening';
          outcome.listening({ host: report.host, port: report.port }, stream);
        }
      },
      over: (broken) => fail(broken?.reason ?? 'the agent ended it'),
    });
    const stream = this.#pastStream(opened);
    return () => {
      if (state !== 'asked') return;
      state = 'over';
      stream.reset('the data connection was given up');
    };
  }

  dialNear(server: Channel, { host, port }: HostPort, outcome: DialOutcome): () => void {
    if (!(server instanceof PastStream))
      throw new TypeError('not a connection of this server side');
    let asked = true;
    const fail = (reason: string): void => {
      if (!asked) return;
      asked = false;
      outcome.failed(reason);
    };
    const request = { t: 'near', control: this.#control, data: server.id, host, port } as const;
    const opened = this.#options.agent.openData(request, {
      report: (report) => {
        if (report.t !== 'connected' || !asked) {
          stream.report(report);
          return;
        }
        asked = false;
        server.goPast();
        stream.goPast();
        outcome.connected(openInClear(stream), 0);
      },
      over: (broken) => fail(broken?.reason ?? 'the agent ended it'),
    });
    const stream = this.#pastStream(opened);
    return () => {
      if (!asked) return;
      asked = false;
      stream.reset('the attempt was given up');
    };
  }

  release(server: Channel): void {
    if (server instanceof PastStream) this.#options.agent.tell({ t: 'release', stream: server.id });
  }

  #pastStream(stream: Stream): PastStream {
    const { agent } = this.#options;
    const finish = (): void => agent.tell({ t: 'finish', stream: stream.id });
    return new PastStream(stream, finish, (broken) =>
      broken.by === 'carrier' ? { ...broken, reason: this.describeFailure(broken) } : broken,
    );
  }

  describeFailure(broken: ChannelBroken): string {
    return this.#options.describeFailure(broken);
  }
}

/** A client whose bytes do not come by here: whoever lets them go past has made sure that it has no TLS. */
function openInClear(stream: PastStream): ClientConnection {
  return { open: () => stream, reset: (reason) => stream.reset(reason) };
}

/** What an agent says goes into a command to the FTP server. A zone means nothing there. */
function isAddress(host: string): boolean {
  return isIP(host) !== 0 && !host.includes('%');
}
