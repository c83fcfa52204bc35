import { isIP } from 'node:net';
import type { ChannelBroken, ChannelConsumer } from '../../shared/channel.ts';
import { GangwayError } from '../../shared/errors.ts';
import type { HostPort } from '../../shared/ftp/address.ts';
import { PROTO_LIMITS } from '../../shared/limits.ts';
import { printable, type Logger } from '../../shared/log.ts';
import type { Carrier } from '../../shared/mux/carrier.ts';
import { Link } from '../../shared/mux/link.ts';
import type { LinkClosed } from '../../shared/mux/link-options.ts';
import type { Stream } from '../../shared/mux/stream.ts';
import type { WindowBudget } from '../../shared/mux/window.ts';
import { GO_AWAY, LINK_CLOSE_WORDS } from '../../shared/proto/handshake.ts';
import {
  decodeAgentMessage,
  encodeMessage,
  MessageLines,
  type AgentMessage,
  type Capability,
  type DataReport,
  type RelayMessage,
  type ServerTls,
} from '../../shared/proto/link-messages.ts';
import {
  decodeOpenRequest,
  encodeOpenRequest,
  type OpenRequest,
} from '../../shared/proto/open-request.ts';
import { RESET_CODES, RESET_CODE_NAMES } from '../../shared/proto/reset-codes.ts';
import { systemTimers } from '../../shared/time.ts';
import type { Probe, ProbeAnswer } from '../../shared/proto/probes.ts';
import { Questions } from './questions.ts';

/** An agent that proved who it is. */
export interface AgentIdentity {
  readonly agentId: string;
  readonly tunnelId: string;
  /** As it calls itself, for people. */
  readonly name: string;
  readonly version: string;
  /** Where the link comes from. */
  readonly address: string;
}

export interface AgentLinkOptions {
  identity: AgentIdentity;
  carrier: Carrier;
  /** Name the agent gave the link. */
  name: string;
  /** Milliseconds it is kept without a carrier; 0 if it ends with its first. */
  grace: number;
  /** What receive windows of all links are part of. */
  windows: WindowBudget;
  /** Most bytes of one stream's receive window. */
  streamWindow: number;
  logger: Logger;
  /** The agent's link stream is there: it can be told things. */
  ready: (link: AgentLink) => void;
  closed: (link: AgentLink, why: LinkClosed) => void;
  /** It has lost its last carrier and waits for another one. */
  waiting?: (link: AgentLink) => void;
  /** It has one again, after so many milliseconds, and goes on. */
  resumed?: (link: AgentLink, ms: number) => void;
}

/** What is told of a data stream the relay opened. */
export interface DataStreamWatcher {
  /** What the agent says of it. */
  report(report: DataReport): void;
  /** The stream is over; called once, whether or not anybody consumes it. */
  over(broken?: ChannelBroken): void;
}

/** The live link of one authenticated agent, as the relay holds it. */
export class AgentLink {
  readonly identity: AgentIdentity;
  readonly link: Link;
  /** Milliseconds since 1970. */
  readonly since = Date.now();
  readonly #options: AgentLinkOptions;
  #lanDirect = false;
  #serverTls: ServerTls = { how: 'none', verified: undefined };
  /** Who wants to know what the agent says of a data stream, by the stream's id. */
  readonly #watchers = new Map<number, DataStreamWatcher>();
  readonly #questions = new Questions((question) => this.tell(question), systemTimers);
  #capabilities: ReadonlySet<string> = new Set();
  #reached: Extract<AgentMessage, { t: 'reached' }> | undefined;
  #messages: Stream | undefined;
  #refused = 0;
  #dismissed: number | undefined;

  constructor(options: AgentLinkOptions) {
    this.#options = options;
    this.identity = options.identity;
    this.link = new Link({
      side: 'relay',
      clock: systemTimers.now,
      resetCodes: RESET_CODE_NAMES,
      // An agent opens its link stream and nothing else.
      closeCodes: LINK_CLOSE_WORDS,
      limits: { streams: PROTO_LIMITS.relayStreams, mostWindow: options.streamWindow },
      grace: options.grace,
      windows: options.windows,
      onCarrierLost: ({ reason, left }) => this.#carrierLost(reason, left),
      onResumed: (ms) => {
        options.logger.info({ event: 'agent-back', ms });
        options.resumed?.(this, ms);
      },
      onOpen: (stream, request) => this.#onOpen(stream, request),
      onClosed: (why) => {
        this.#questions.close('the link to the agent ended');
        options.closed(this, why);
      },
      onGoAway: (code, reason) => options.logger.info({ event: 'agent-going', code, reason }),
    });
    this.link.attach(options.carrier);
  }

  /** Another carrier of the same link has come. */
  join(carrier: Carrier): void {
    this.#options.logger.debug({ event: 'carrier-joined', carriers: this.link.carrierCount + 1 });
    this.link.attach(carrier);
  }

  /** Whether it is the link an agent means. */
  isNamed(agentId: string, name: string): boolean {
    return this.identity.agentId === agentId && this.#options.name === name;
  }

  /** Whether the agent agrees to dial clients in its own networks. */
  get lanDirect(): boolean {
    return this.#lanDirect;
  }

  /** TLS between the agent and its FTP server, as the agent says. */
  get serverTls(): ServerTls {
    return this.#serverTls;
  }

  /** Whether the agent said that it can do this; one that is older cannot. */
  can(capability: Capability): boolean {
    return this.#capabilities.has(capability);
  }

  /** Where the relay answers the agent, as the agent says; undefined if a proxy may be between. */
  get relayAddress(): string | undefined {
    return this.#reached?.address;
  }

  /** Whether {@link openOutside} is served, at {@link relayAddress}. */
  get opensOutside(): boolean {
    return this.#reached?.visitable === true;
  }

  /**
   * Asks the agent what it sees.
   * @throws GangwayError `agent-outdated`, `agent-busy`, `agent-silent`, `agent-offline`
   */
  async probe(probe: Probe): Promise<ProbeAnswer> {
    if (!this.can('probe')) throw outdated(this.identity);
    const answer = await this.#questions.ask((id) => ({ t: 'probe', id, probe }));
    if (answer.t === 'probed') return answer.answer;
    return { kind: 'failed', reason: 'the agent answered something else' };
  }

  /**
   * Gives the agent another credential; resolves when it is on its disk.
   * @throws GangwayError as {@link probe}, `credential-not-kept`
   */
  async giveCredential(credential: string): Promise<void> {
    if (!this.can('credential')) throw outdated(this.identity);
    const answer = await this.#questions.ask((id) => ({ t: 'credential', id, credential }));
    const isKept = answer.t === 'credential-kept' && answer.problem === undefined;
    if (isKept) return;
    const problem = answer.t === 'credential-kept' ? answer.problem : undefined;
    throw new GangwayError(
      'credential-not-kept',
      `the agent could not keep its new credential: ${printable(problem ?? 'no reason')}`,
      { remedy: 'Make its --state-dir writable for it; until then it uses the one it has.' },
    );
  }

  /**
   * Opens a connection to one of the relay's own public ports from where the agent is.
   * @param over called once, when it is over
   */
  openOutside({ host, port }: HostPort, over: (broken?: ChannelBroken) => void): Stream {
    const request = encodeOpenRequest({ t: 'outside', host, port });
    return this.link.open(request, { priority: 'control', over });
  }

  /** Tells the agent something; lost if its link stream is not there. */
  tell(message: RelayMessage): void {
    this.#messages?.write(encodeMessage(message));
  }

  /** Opens a stream that is to become a data connection of the FTP server. */
  openData(request: Extract<OpenRequest, { control: number }>, watcher: DataStreamWatcher): Stream {
    // On a link that is closed the stream is over before it is here.
    let id: number | undefined;
    const stream = this.link.open(encodeOpenRequest(request), {
      priority: 'bulk',
      over: (broken) => {
        if (id !== undefined) this.#watchers.delete(id);
        watcher.over(broken);
      },
    });
    if (stream.broken === undefined) {
      id = stream.id;
      this.#watchers.set(id, watcher);
    }
    return stream;
  }

  /** Milliseconds it waited for a carrier in vain, if that was its end. */
  get lostAfter(): number | undefined {
    const { grace } = this.#options;
    return this.link.closed?.by === 'carrier' && grace > 0 ? grace : undefined;
  }

  /** What the link was ended with by {@link dismiss}, if it was: a code of GO_AWAY. */
  get dismissed(): number | undefined {
    return this.#dismissed;
  }

  /** Ends the link with a reason the agent can act on. Every stream of it is reset. */
  dismiss(code: number, reason: string): void {
    this.#dismissed ??= code;
    this.link.goAway(code, reason);
    this.link.close(LINK_CLOSE_WORDS.get(code) ?? 'link-lost', reason, code);
  }

  #carrierLost(reason: string, left: number): void {
    const { logger } = this.#options;
    if (left > 0) logger.debug({ event: 'carrier-lost', left }, reason);
    else {
      logger.warn({ event: 'agent-away', graceMs: this.#options.grace }, reason);
      this.#options.waiting?.(this);
    }
  }

  #onOpen(stream: Stream, request: Uint8Array): void {
    if (decodeOpenRequest(request)?.t !== 'link' || this.#messages !== undefined) {
      this.#refused += 1;
      if (this.#refused > PROTO_LIMITS.refusedOpens) {
        this.#options.logger.warn({ event: 'agent-open-flood', refused: this.#refused });
        this.dismiss(GO_AWAY.misbehaved, 'too many streams that an agent does not open');
      }
      stream.refuse(RESET_CODES['bad-request'], 'an agent opens one link stream, nothing else');
      return;
    }
    this.#messages = stream;
    const lines = new MessageLines(PROTO_LIMITS.message);
    const { logger } = this.#options;
    const consumer: ChannelConsumer = {
      data: (chunk) => {
        try {
          for (const line of lines.push(chunk)) this.#heard(decodeAgentMessage(line));
        } catch (error) {
          logger.warn({ event: 'agent-message-too-long', error: String(error) });
          this.dismiss(GO_AWAY.misbehaved, String(error));
        }
      },
      end: () => stream.end(),
      drain: () => {},
      flushed: () => {},
      closed: () => {
        this.#messages = undefined;
      },
    };
    stream.start(consumer);
    this.#options.ready(this);
  }

  #heard(message: AgentMessage | undefined): void {
    if (message === undefined) return;
    if ('id' in message) {
      this.#questions.answered(message);
      return;
    }
    if (message.t === 'reached') {
      // It is shown to people, who may put it into a command.
      if (isIP(message.address) !== 0) this.#reached = message;
      return;
    }
    if (message.t !== 'hello') {
      // One that is not watched is over already, or never was: neither is worth a word.
      this.#watchers.get(message.stream)?.report(message);
      return;
    }
    const { host, server, version, lanDirect = false } = message;
    const { serverTls: how = 'none', serverTlsVerified: verified } = message;
    this.#lanDirect = lanDirect;
    this.#serverTls = { how, verified };
    this.#capabilities = new Set(message.capabilities);
    const tls = { serverTls: how, serverTlsVerified: verified };
    this.#options.logger.info({ event: 'agent-hello', host, server, version, lanDirect, ...tls });
  }
}

function outdated({ name, version }: AgentIdentity): GangwayError {
  return new GangwayError('agent-outdated', `agent ${name} (version ${version}) cannot do that`, {
    remedy: 'Install this version of Gangway beside the FTP server, too, and start the agent anew.',
  });
}
