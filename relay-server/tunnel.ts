import { randomBytes } from 'node:crypto';
import type { Reply } from '../shared/ftp/reply.ts';
import { BandwidthLimit } from '../shared/gateway/bandwidth-limit.ts';
import type { SessionEvent } from '../shared/gateway/events.ts';
import { GATEWAY_REPLIES } from '../shared/gateway/replies.ts';
import { ServerTraits } from '../shared/gateway/server-traits.ts';
import type { TunnelDoor } from '../shared/gateway/reception-visit.ts';
import type { SessionRules } from '../shared/gateway/session-rules.ts';
import { Session } from '../shared/gateway/session.ts';
import type { ServerSide } from '../shared/gateway/sides.ts';
import { TLS_REPLIES } from '../shared/gateway/tls-replies.ts';
import { ThrottledChannel } from '../shared/gateway/throttled-channel.ts';
import type { Logger } from '../shared/log.ts';
import type { SlabPool } from '../shared/net/slab-pool.ts';
import { TlsTerminator, type TlsTerminatorOptions } from '../shared/net/tls-terminator.ts';
import { systemTimers } from '../shared/time.ts';
import { Absence } from './absence.ts';
import { Admission, type Refusal } from './admission.ts';
import type { TunnelState } from './admin/runtime.ts';
import type { AgentLink } from './agents/agent-link.ts';
import type { Arrival } from './gateway/arrivals.ts';
import { LinkServerSide } from './gateway/link-server-side.ts';
import type { PassivePorts } from './gateway/passive-ports.ts';
import type { PublicHost } from './gateway/public-host.ts';
import type { ClientControl } from './gateway/client-control.ts';
import { proxyHeaders } from './gateway/proxy-headers.ts';
import type { PortTenant } from './gateway/public-ports.ts';
import type { ReceptionTls } from './gateway/receptions.ts';
import { SessionTls } from './gateway/session-tls.ts';
import { SocketPublicSide } from './gateway/socket-public-side.ts';
import { turnAway } from './gateway/turn-away.ts';
import { logSessionEvent } from './session-log.ts';
import type { Tunnel } from './store/store.ts';

export interface LiveTunnelOptions {
  tunnel: Tunnel;
  passivePorts: PassivePorts;
  publicHost: PublicHost;
  /** Certificates for clients. */
  identityFor: TlsTerminatorOptions['identityFor'];
  /** What data connections are read into. */
  slabs: SlabPool;
  logger: Logger;
}

/** Why a client is turned away: by the policy, or because nobody is there to serve him. */
type TurnedAway =
  | Refusal
  | {
      readonly why: 'draining' | 'offline' | 'balancer-unknown' | 'tls-required';
      readonly reply: Reply;
    };

/** What of a session there is before it is one. */
interface Opening {
  readonly arrival: Arrival;
  readonly agent: AgentLink;
  readonly id: string;
  /** Gives up its place among the sessions. */
  readonly leave: () => void;
}

/** A tunnel in the running relay: the links of its agents, and its sessions. */
export class LiveTunnel implements PortTenant {
  readonly #options: LiveTunnelOptions;
  readonly #logger: Logger;
  readonly #admission: Admission;
  /** What all sessions together may use. */
  readonly #bandwidth: BandwidthLimit;
  #tunnel: Tunnel;
  readonly #sessions = new Set<Session>();
  readonly #traits = new ServerTraits();
  readonly #terminator: TlsTerminator;
  /** Newest last; new sessions use the newest. */
  #links: AgentLink[] = [];
  readonly #absence = new Absence();
  #draining = false;

  constructor(options: LiveTunnelOptions) {
    this.#options = options;
    this.#tunnel = options.tunnel;
    this.#admission = new Admission(options.tunnel.policy);
    this.#bandwidth = new BandwidthLimit(() => this.#tunnel.policy.bandwidth, systemTimers);
    this.#terminator = new TlsTerminator({ identityFor: options.identityFor });
    this.#logger = options.logger.child({ tunnel: options.tunnel.name });
  }

  /** Whether a balancer of this tunnel is at this address. */
  readonly isBalancer = (address: string): boolean => this.#admission.isBalancer(address);

  get tunnel(): Tunnel {
    return this.#tunnel;
  }

  /**
   * Takes over what was changed of the tunnel, except where it listens. Sessions go on: their next
   * commands and data connections, and the next clients, meet the new policy.
   */
  adopt(tunnel: Tunnel): void {
    if (tunnel.revision === this.#tunnel.revision) return;
    this.#tunnel = tunnel;
    this.#admission.adopt(tunnel.policy);
    this.#logger.info({ event: 'tunnel-changed', revision: tunnel.revision });
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  get streams(): number {
    return this.#links.reduce((sum, { link }) => sum + link.streamCount, 0);
  }

  /** Links of its agents, newest last. */
  get links(): readonly AgentLink[] {
    return this.#links;
  }

  /** Why a client cannot be served while no agent is there. */
  get whyOffline(): string {
    return this.#absence.whyOffline();
  }

  /** Live facts, except of its ports. */
  get state(): Omit<TunnelState, 'listener'> {
    const agents = this.#links.map(({ identity, since, link, serverTls }) => {
      const { agentId: id, address, version } = identity;
      const roundTrip = link.roundTrip;
      const measured = roundTrip === undefined ? {} : { roundTrip };
      return { id, address, version, since, serverTls, ...measured };
    });
    const offlineSince = this.#absence.agentSince;
    return {
      agents,
      sessions: this.#sessions.size,
      ...(offlineSince !== undefined && { offlineSince }),
    };
  }

  /** An agent of this tunnel is there. A former link of the same agent gives way. */
  addLink(link: AgentLink): void {
    this.#links.push(link);
    this.#absence.agentCame();
  }

  removeLink(link: AgentLink): void {
    this.#links = this.#links.filter((one) => one !== link);
    if (this.#links.length === 0) this.#absence.agentLeft();
  }

  /** Tells new clients that it ends; resolves when no session is left. Transfers go on meanwhile. */
  async drain(): Promise<void> {
    this.#draining = true;
    for (const session of this.#sessions) session.drain();
    while (this.#sessions.size > 0)
      await new Promise((resolve) => this.#onSessionClosed.push(resolve));
  }

  readonly #onSessionClosed: ((value?: unknown) => void)[] = [];

  /** Ends every session. */
  close(reason: string): void {
    const lastWords = GATEWAY_REPLIES.serverUnavailable(reason);
    for (const session of this.#sessions) session.kill('gateway', reason, lastWords);
  }

  /** Serves a client, or tells him why not and closes. */
  accept(arrival: Arrival, control: ClientControl): void {
    const agent = this.#admit(arrival);
    if ('why' in agent) {
      turnAway(control.channel, agent.reply);
      return;
    }
    const opening = this.#opening(arrival, agent);
    this.#begin(opening, control, this.#serverSide(opening));
  }

  /** Clients of a tunnel that has sessions resumed cannot resume each other's. */
  terminator(): TlsTerminator {
    return this.#tunnel.policy.requireSessionReuse ? this.#terminator.apart() : this.#terminator;
  }

  /**
   * A client of a shared port wants to log in here. Why he may not is for the log, as he must not learn it:
   * it would tell him which tunnels there are.
   */
  knock(arrival: Arrival, { terminator, secured }: ReceptionTls): TunnelDoor | undefined {
    const agent = this.#admit(arrival, secured);
    if ('why' in agent) return undefined;
    const opening = this.#opening(arrival, agent);
    const serverSide = this.#serverSide(opening);
    return {
      openControl: () => serverSide.openControl(),
      enter: (channel, server, { user, ...known }) => {
        const control = { channel, terminator, ...known };
        const logger = this.#begin(opening, control, serverSide.opened(server), true);
        this.#onEvent({ type: 'user', name: user }, logger);
      },
      leave: (why) => {
        opening.leave();
        const { host: client } = arrival.client;
        const event = 'session-login-failed';
        this.#logger.info({ event, session: opening.id, client, why });
      },
    };
  }

  /** The agent that serves a client; why he is turned away, if he is, is in the log. */
  #admit(arrival: Arrival, secured = true): AgentLink | TurnedAway {
    const agent = this.#links.at(-1);
    const refusal = this.#refusal(arrival, agent, secured);
    if (refusal === undefined && agent !== undefined) return agent;
    const turned = refusal ?? this.#offline();
    const client = arrival.client.host;
    const by = arrival.balancer === undefined ? {} : { balancer: arrival.balancer };
    const { code, lines } = turned.reply;
    const text = lines[0]?.toString();
    this.#logger.info({ event: 'turned-away', client, ...by, why: turned.why, code, text });
    return turned;
  }

  /** Whoever may not come is told so and nothing else, neither how full it is nor who is away. */
  #refusal(
    arrival: Arrival,
    agent: AgentLink | undefined,
    secured: boolean,
  ): TurnedAway | undefined {
    const { client, balancer } = arrival;
    const banned = this.#admission.banned(client.host);
    if (banned !== undefined) return banned;
    // At a shared port it may be another tunnel that believes the balancer.
    if (balancer !== undefined && !this.isBalancer(balancer)) {
      return { why: 'balancer-unknown', reply: GATEWAY_REPLIES.addressNotAllowed(balancer) };
    }
    if (!secured && this.#tunnel.policy.tls === 'required') {
      return { why: 'tls-required', reply: TLS_REPLIES.loginNeedsTls(undefined) };
    }
    if (this.#draining) return { why: 'draining', reply: GATEWAY_REPLIES.shuttingDown() };
    return agent === undefined ? this.#offline() : this.#admission.crowded(client.host);
  }

  #offline(): TurnedAway {
    return { why: 'offline', reply: GATEWAY_REPLIES.serverUnavailable(this.#absence.whyOffline()) };
  }

  #opening(arrival: Arrival, agent: AgentLink): Opening {
    const id = randomBytes(4).toString('hex');
    return { arrival, agent, id, leave: this.#admission.enter(arrival.client.host) };
  }

  #serverSide({ arrival, agent, id }: Opening): LinkServerSide {
    const { host, port } = arrival.client;
    return new LinkServerSide({
      agent,
      session: id,
      client: `${host} ${port}`,
      proxyHeader: proxyHeaders(this.#tunnel.policy, arrival),
      describeFailure: (broken) => this.#absence.describeFailure(broken),
    });
  }

  /** @returns the session's own logger. */
  #begin(
    opening: Opening,
    control: ClientControl,
    serverSide: ServerSide,
    sharedPort = false,
  ): Logger {
    const { passivePorts, publicHost, slabs } = this.#options;
    const { arrival, agent, id, leave } = opening;
    const tls = new SessionTls({
      terminator: control.terminator,
      strictClose: () => this.#tunnel.policy.strictClose,
      resumedOnly: () => this.#tunnel.policy.requireSessionReuse,
    });
    const publicSide = new SocketPublicSide(arrival, {
      ports: passivePorts,
      publicHost,
      tls,
      slabs,
      dataSource: () => this.#tunnel.policy.dataSource,
      admits: (address) => this.#admission.banned(address) === undefined,
      fxp: () => (this.#tunnel.policy.fxp.length === 0 ? undefined : this.#fxp),
      believes: this.isBalancer,
    });
    const { balancer } = arrival;
    const logger = this.#logger.child({ session: id, ...(balancer !== undefined && { balancer }) });
    const session: Session = new Session({
      client: control.channel,
      security: control.security,
      publicSide,
      serverSide,
      traits: this.#traits,
      rules: { ...this.#rules(agent, publicSide.client.host), sharedPort },
      timers: systemTimers,
      emit: (event) => this.#onEvent(event, logger),
      closed: () => {
        this.#sessions.delete(session);
        leave();
        for (const resolve of this.#onSessionClosed.splice(0)) resolve();
      },
    });
    this.#sessions.add(session);
    if (control.tls !== undefined) {
      this.#onEvent({ type: 'secured', connection: 'control', ...control.tls }, logger);
    }
    return logger;
  }

  #rules(agent: AgentLink, client: string): SessionRules {
    const { idleTimeout: idle, loginTimeout: login, stallTimeout: stall } = this.#tunnel.policy;
    const own = new BandwidthLimit(() => this.#tunnel.policy.sessionBandwidth, systemTimers);
    const limits = [own, this.#bandwidth];
    return {
      idle,
      login,
      stall,
      tls: () => ({
        login: this.#tunnel.policy.tls,
        data: this.#tunnel.policy.tlsData,
        implicitPort: this.#tunnel.implicitPort ?? undefined,
      }),
      fxp: this.#fxp,
      // Behind the same public address as the agent: very likely in the same network.
      nearby: () =>
        this.#tunnel.policy.lanDirect && agent.lanDirect && agent.identity.address === client,
      readOnly: () => this.#tunnel.policy.readOnly,
      clientMode: () => this.#tunnel.policy.clientMode,
      serverMode: () => this.#tunnel.policy.serverMode,
      throttle: (channel) => new ThrottledChannel(channel, limits),
    };
  }

  readonly #fxp = (address: string): boolean => this.#admission.fxp(address);

  #onEvent(event: SessionEvent, logger: Logger): void {
    const answers = event.type === 'greeted' || event.type === 'logged-in';
    if (answers) this.#absence.serverAnswered();
    logSessionEvent(logger, event);
  }
}
