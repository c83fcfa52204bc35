import { randomBytes } from 'node:crypto';
import type { Reply } from '../shared/ftp/reply.ts';
import { GATEWAY_REPLIES } from '../shared/gateway/replies.ts';
import type { TunnelDoor } from '../shared/gateway/reception-visit.ts';
import { TLS_REPLIES } from '../shared/gateway/tls-replies.ts';
import type { Logger } from '../shared/log.ts';
import type { LinkClosed } from '../shared/mux/link-options.ts';
import { formatMoment, systemTimers } from '../shared/time.ts';
import { GO_AWAY } from '../shared/proto/handshake.ts';
import type { SlabPool } from '../shared/net/slab-pool.ts';
import { TlsTerminator, type TlsTerminatorOptions } from '../shared/net/tls-terminator.ts';
import { Absence } from './absence.ts';
import { Admission, type Refusal } from './admission.ts';
import type { TunnelState } from './admin/runtime.ts';
import type { Bans } from './bans.ts';
import type { AgentLink } from './agents/agent-link.ts';
import { linkView } from './agents/link-view.ts';
import type { Arrival } from './gateway/arrivals.ts';
import { LinkServerSide } from './gateway/link-server-side.ts';
import type { PassivePorts } from './gateway/passive-ports.ts';
import type { PublicHost } from './gateway/public-host.ts';
import type { ClientControl } from './gateway/client-control.ts';
import { proxyHeaders } from './gateway/proxy-headers.ts';
import type { PortTenant } from './gateway/public-ports.ts';
import type { ReceptionTls } from './gateway/receptions.ts';
import { turnAway } from './gateway/turn-away.ts';
import type { Journal, OpenVisit } from './journal/journal.ts';
import type { TunnelContext } from './journal/visit.ts';
import type { Lines } from './line/lines.ts';
import { TunnelLine } from './line/tunnel-line.ts';
import type { Tunnel } from './store/store.ts';
import { TunnelSessions, type Opening } from './tunnel-sessions.ts';

export interface LiveTunnelOptions {
  tunnel: Tunnel;
  passivePorts: PassivePorts;
  publicHost: PublicHost;
  /** Certificates for clients. */
  identityFor: TlsTerminatorOptions['identityFor'];
  /** What data connections are read into. */
  slabs: SlabPool;
  journal: Journal;
  bans: Bans;
  lines: Lines;
  /** Whether clients of a tunnel can trust the certificate they are shown. */
  certificateFor: (tunnel: Tunnel) => TunnelContext['certificate'];
  logger: Logger;
}

/** Why a tunnel ends here, for its agents and for its clients. */
const TUNNEL_ENDS = {
  'relay-stopped': { goAway: GO_AWAY.draining, reason: 'the relay is stopping' },
  'tunnel-deleted': { goAway: GO_AWAY['tunnel-deleted'], reason: 'the tunnel was deleted' },
  'tunnel-changed': { goAway: GO_AWAY['tunnel-changed'], reason: 'the tunnel was changed' },
} as const;

export type TunnelEnd = keyof typeof TUNNEL_ENDS;

/** Why a client is turned away: by the policy, or because nobody is there to serve him. */
type TurnedAway =
  | Refusal
  | {
      readonly why: 'banned' | 'draining' | 'offline' | 'balancer-unknown' | 'tls-required';
      readonly reply: Reply;
    };

/** A tunnel in the running relay: the links of its agents, and its sessions. */
export class LiveTunnel implements PortTenant {
  readonly #options: LiveTunnelOptions;
  readonly #logger: Logger;
  readonly #admission: Admission;
  readonly #sessions: TunnelSessions;
  #tunnel: Tunnel;
  readonly #terminator: TlsTerminator;
  /** Newest last; new sessions use the newest. */
  #links: AgentLink[] = [];
  readonly #absence = new Absence();
  readonly #line: TunnelLine;
  #draining = false;

  constructor(options: LiveTunnelOptions) {
    this.#options = options;
    this.#tunnel = options.tunnel;
    this.#line = new TunnelLine(options.lines, () => this.#tunnel.name);
    this.#admission = new Admission(options.tunnel.policy);
    this.#terminator = new TlsTerminator({ identityFor: options.identityFor });
    this.#logger = options.logger.child({ tunnel: options.tunnel.name });
    const { passivePorts, publicHost, slabs } = options;
    this.#sessions = new TunnelSessions({
      tunnel: () => this.#tunnel,
      admission: this.#admission,
      answered: () => this.#absence.serverAnswered(),
      passivePorts,
      publicHost,
      slabs,
    });
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
    const now = { link: systemTimers.now(), wall: Date.now() };
    const agents = this.#links.map((agent) => {
      const { identity, since, link, serverTls } = agent;
      const { agentId: id, address, version } = identity;
      const { roundTrip, facts } = link;
      const measured = roundTrip === undefined ? {} : { roundTrip };
      const view = linkView(facts, now, this.#line.resumedAt(agent));
      return { id, address, version, since, serverTls, ...measured, link: view };
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

  removeLink(link: AgentLink, why: LinkClosed): void {
    this.#links = this.#links.filter((one) => one !== link);
    if (this.#links.length === 0) this.#absence.agentLeft();
    this.#line.ended(link, why);
  }

  /** A link has lost its last carrier and waits for another one; what goes over it stands still. */
  lineLost(link: AgentLink): void {
    this.#line.lost(link);
    this.#sessions.tellOf(link, { type: 'line-lost' });
  }

  /** It has a carrier again and goes on. @param ms how long it had none */
  lineBack(link: AgentLink, ms: number): void {
    this.#line.back(link, ms);
    this.#sessions.tellOf(link, { type: 'line-back', ms: Math.round(ms) });
  }

  /** No new sessions; resolves when none is left. Transfers go on meanwhile. */
  drain(): Promise<void> {
    this.#draining = true;
    return this.#sessions.drain();
  }

  /**
   * Ends every link and every session. The links first: an agent that hears of the end of its link, and not
   * of each stream, keeps the server from taking uploads for complete.
   */
  close(end: TunnelEnd): void {
    const { goAway, reason } = TUNNEL_ENDS[end];
    for (const link of this.#links) link.dismiss(goAway, reason);
    this.#sessions.close(end, reason);
  }

  /** Serves a client, or tells him why not and closes. */
  accept(arrival: Arrival, control: ClientControl): void {
    const agent = this.#admit(arrival);
    if ('why' in agent) {
      turnAway(control.channel, agent.reply);
      return;
    }
    const opening = this.#opening(arrival, agent);
    this.#sessions.begin(opening, control, this.#serverSide(opening));
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
        this.#sessions.begin(opening, control, serverSide.opened(server), true);
        this.#sessions.tell(opening, { type: 'user', name: user });
      },
      leave: (why, code) => {
        const { leave: giveUp, visit, logger } = opening;
        giveUp();
        const { host: client } = arrival.client;
        logger.info({ event: 'session-login-failed', client, why });
        visit.event({ type: 'reception-failed', why, ...(code !== undefined && { code }) });
        visit.over();
      },
    };
  }

  /** The agent that serves a client; why he is turned away, if he is, is in the log. */
  #admit(arrival: Arrival, secured = true): AgentLink | TurnedAway {
    // One whose line is down is waited for, but not if another is there.
    const agent = this.#links.findLast(({ link }) => !link.isWaiting) ?? this.#links.at(-1);
    const refusal = this.#refusal(arrival, agent, secured);
    if (refusal === undefined && agent !== undefined) return agent;
    const turned = refusal ?? this.#offline();
    const client = arrival.client.host;
    const by = arrival.balancer === undefined ? {} : { balancer: arrival.balancer };
    const { code, lines } = turned.reply;
    const text = lines[0]?.toString();
    const { why } = turned;
    this.#logger.info({ event: 'turned-away', client, ...by, why, code, text });
    const visit = this.#visit(arrival);
    visit.event({ type: 'turned-away', why, code, text: text ?? '' });
    visit.over();
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
    const ban = this.#options.bans.banOf(client.host, this.#tunnel.name);
    if (ban !== undefined) {
      const until = ban.until === null ? undefined : formatMoment(ban.until);
      return { why: 'banned', reply: GATEWAY_REPLIES.addressBanned(client.host, until) };
    }
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

  /** TLS on the implicit port came to nothing. */
  handshakeFailed(arrival: Arrival, reason: string): void {
    const visit = this.#visit(arrival);
    visit.event({ type: 'opened', client: arrival.client });
    visit.event({ type: 'handshake-failed', reason });
    visit.over();
  }

  #visit({ client, reached }: Arrival): OpenVisit {
    const { journal, certificateFor } = this.#options;
    // Long enough to be nobody else's among a million past ones.
    const id = randomBytes(8).toString('hex');
    const { name, implicitPort } = this.#tunnel;
    const facts = { id, tunnel: name, client, port: reached.port };
    const isImplicit = reached.port === implicitPort;
    return journal.open(facts, () => ({
      tunnel: { ...this.#tunnel.policy, name: this.#tunnel.name, implicit: isImplicit },
      agent: {
        drops: this.#absence.drops,
        awaySince: this.#absence.agentSince,
        line: this.#options.lines.pattern(this.#tunnel.name),
      },
      certificate: certificateFor(this.#tunnel),
    }));
  }

  #opening(arrival: Arrival, agent: AgentLink): Opening {
    const visit = this.#visit(arrival);
    const { balancer, client } = arrival;
    const by = balancer === undefined ? {} : { balancer };
    const logger = this.#logger.child({ session: visit.id, ...by });
    return { arrival, agent, visit, logger, leave: this.#admission.enter(client.host) };
  }

  #serverSide({ arrival, agent, visit }: Opening): LinkServerSide {
    const { host, port } = arrival.client;
    return new LinkServerSide({
      agent,
      session: visit.id,
      client: `${host} ${port}`,
      proxyHeader: proxyHeaders(this.#tunnel.policy, arrival),
      describeFailure: (broken) => this.#absence.describeFailure(broken, agent.lostAfter),
    });
  }
}
