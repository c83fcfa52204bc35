import type { Logger } from '../shared/log.ts';
import type { Carrier } from '../shared/mux/carrier.ts';
import { WindowBudget } from '../shared/mux/window.ts';
import type { SlabPool } from '../shared/net/slab-pool.ts';
import { CLOSE_CODE } from '../shared/net/websocket-frames.ts';
import { GO_AWAY, type CarrierHello } from '../shared/proto/handshake.ts';
import { publicAddresses } from './admin/facts.ts';
import type { RelayRuntime, TunnelState } from './admin/runtime.ts';
import { AgentLink, type AgentIdentity, type AgentLinkOptions } from './agents/agent-link.ts';
import { agentOffline } from './agents/questions.ts';
import type { Patient } from './doctor/ground.ts';
import type { PassivePorts } from './gateway/passive-ports.ts';
import type { PublicHost } from './gateway/public-host.ts';
import { PublicPorts, type ArrivalSeen } from './gateway/public-ports.ts';
import { LINK_LIMITS } from './limits.ts';
import type { Store, Tunnel } from './store/store.ts';
import { standing, tunnelBrief } from './live/briefs.ts';
import type { TunnelNumbers } from './metrics/sources.ts';
import type { TunnelBrief } from './views/live.ts';
import type { TunnelWatch } from './tunnel-watch.ts';
import { LiveTunnel, type LiveTunnelOptions } from './tunnel.ts';

export interface LiveTunnelsOptions {
  store: Store;
  passivePorts: PassivePorts;
  publicHost: PublicHost;
  identityFor: LiveTunnelOptions['identityFor'];
  /** What data connections are read into. */
  slabs: SlabPool;
  journal: LiveTunnelOptions['journal'];
  bans: LiveTunnelOptions['bans'];
  lines: LiveTunnelOptions['lines'];
  certificateFor: LiveTunnelOptions['certificateFor'];
  /** Milliseconds a link without a carrier is kept; 0 if it ends with its first. */
  linkGrace: number;
  /** Most bytes of one stream's receive window. */
  streamWindow: number;
  /** A tunnel was made, changed or deleted, or its agent came or went. */
  changed: (name: string, brief: TunnelBrief | null) => void;
  /** Metrics and alerts. */
  watches: readonly TunnelWatch[];
  logger: Logger;
}

const STOPPED: TunnelState = { listener: { state: 'stopped' }, agents: [], sessions: 0 };

/** All tunnels of the running relay, kept equal to the stored ones, and the links of their agents. */
export class LiveTunnels implements RelayRuntime {
  readonly #options: LiveTunnelsOptions;
  readonly #live = new Map<string, LiveTunnel>();
  readonly #ports: PublicPorts;
  readonly #windows = new WindowBudget(LINK_LIMITS.windows);
  /** Reconciliations run one after the other. */
  #reconciling: Promise<void> = Promise.resolve();

  constructor(options: LiveTunnelsOptions) {
    this.#options = options;
    this.#ports = new PublicPorts({
      relayName: options.publicHost.name,
      identityFor: options.identityFor,
      logger: options.logger,
    });
  }

  reconcile(): Promise<void> {
    this.#reconciling = this.#reconciling.then(
      () => this.#reconcile(),
      () => this.#reconcile(),
    );
    return this.#reconciling;
  }

  tunnelState(tunnelId: string): TunnelState {
    const live = this.#live.get(tunnelId);
    if (live === undefined) return STOPPED;
    return { ...live.state, listener: this.#ports.stateOf(live.tunnel) };
  }

  /** Every tunnel in one line, by name. */
  get briefs(): TunnelBrief[] {
    const live = this.#options.journal.live.byTunnel();
    return [...this.#live.values()]
      .map((tunnel) => this.#brief(tunnel, live.get(tunnel.tunnel.name)?.transfers ?? 0))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Every tunnel in numbers, for metrics. */
  get numbers(): TunnelNumbers[] {
    return [...this.#live.values()].map(({ tunnel, sessions, streams, links }) => {
      const { state } = standing(this.tunnelState(tunnel.id));
      return {
        name: tunnel.name,
        state,
        sessions,
        streams,
        links: links.map(({ link: { roundTrip, facts } }) => ({ roundTrip, facts })),
      };
    });
  }

  #brief({ tunnel }: LiveTunnel, transfers = 0): TunnelBrief {
    const state = this.tunnelState(tunnel.id);
    const { name } = tunnel;
    return tunnelBrief({ name, publicAddress: this.#publicAddress(tunnel), state, transfers });
  }

  #changed(live: LiveTunnel): void {
    this.#options.changed(live.tunnel.name, this.#brief(live));
  }

  #gone(name: string, renamed: string | undefined): void {
    const { changed, watches } = this.#options;
    changed(name, null);
    for (const watch of watches) watch.gone?.(name, renamed);
  }

  get publicHostName(): string {
    return this.#options.publicHost.name;
  }

  dropAgent(agentId: string, reason: string): void {
    for (const link of this.#links()) {
      if (link.identity.agentId === agentId) link.dismiss(GO_AWAY.revoked, reason);
    }
    for (const watch of this.#options.watches) watch.agentRevoked?.(agentId);
  }

  isConnected(agentId: string): boolean {
    return this.#linkOf(agentId) !== undefined;
  }

  async giveCredential(agentId: string, credential: string): Promise<void> {
    const link = this.#linkOf(agentId);
    if (link === undefined) throw agentOffline();
    await link.giveCredential(credential);
  }

  /** DNS names of tunnels that have one of their own. */
  get hosts(): string[] {
    return [...this.#live.values()].flatMap(({ tunnel }) => tunnel.host ?? []);
  }

  /** Whether a balancer of any tunnel is at this address. */
  isBalancer(address: string): boolean {
    return [...this.#live.values()].some((tunnel) => tunnel.isBalancer(address));
  }

  /** Whether the agent has a link of that name. */
  knows({ agentId }: AgentIdentity, name: string): boolean {
    return this.#links().some((link) => link.isNamed(agentId, name));
  }

  /** Takes an authenticated agent's carrier into its link, or, with a new link, into its tunnel. */
  accept(identity: AgentIdentity, carrier: Carrier, { link: linkName, kind }: CarrierHello): void {
    const joined = this.#links().find((link) => link.isNamed(identity.agentId, linkName));
    if (kind === 'next' && joined !== undefined) {
      joined.join(carrier);
      return;
    }
    const live = this.#live.get(identity.tunnelId);
    const logger = this.#options.logger.child({
      agent: identity.agentId,
      ...(live && { tunnel: live.tunnel.name }),
    });
    if (live === undefined) {
      carrier.close(CLOSE_CODE.policy, 'the tunnel of this agent was deleted');
      return;
    }
    // The same agent reclaims its place at once; its old link may be dead without anybody knowing.
    for (const link of this.#links()) {
      if (link.identity.agentId === identity.agentId) {
        link.dismiss(GO_AWAY.superseded, 'the agent was started again');
      }
    }
    const { watches } = this.#options;
    const { address, version, name } = identity;
    logger.info({ event: 'agent-connected', address, version, name });
    const grace = kind === undefined ? 0 : this.#options.linkGrace;
    const link = this.#linkFor(live, { identity, carrier, name: linkName, grace, logger });
    live.addLink(link);
    this.#changed(live);
    for (const watch of watches) watch.agentCame?.(live.tunnel.name, identity);
  }

  #linkFor(
    live: LiveTunnel,
    found: Pick<AgentLinkOptions, 'identity' | 'carrier' | 'name' | 'grace' | 'logger'>,
  ): AgentLink {
    return new AgentLink({
      ...found,
      windows: this.#windows,
      streamWindow: this.#options.streamWindow,
      ready: (self) => this.#tell(live, self),
      closed: (self, why) => {
        live.removeLink(self, why);
        this.#left(self);
        const { by, code, reason } = why;
        found.logger.info({ event: 'agent-disconnected', by, code }, reason);
      },
      waiting: (self) => {
        live.lineLost(self);
        this.#changed(live);
      },
      resumed: (self, ms) => {
        live.lineBack(self, ms);
        this.#changed(live);
      },
    });
  }

  /** Its tunnel may have another name by now, or be no more, which leaves nobody to be told of. */
  #left({ identity, dismissed, link }: AgentLink): void {
    const live = this.#live.get(identity.tunnelId);
    if (live === undefined) return;
    this.#changed(live);
    for (const watch of this.#options.watches) {
      watch.agentLeft?.(live.tunnel.name, identity, link.facts);
      if (dismissed === GO_AWAY.revoked) watch.agentRevoked?.(identity.agentId);
    }
  }

  /** Lets every link look after itself: pings, and notices a dead carrier. Once a second. */
  tick(): void {
    for (const agent of this.#links()) {
      agent.link.tick();
      if (agent.link.isWornOut)
        agent.dismiss(GO_AWAY.draining, 'the link is worn out; connect again');
    }
  }

  /** A tunnel as the doctor looks at it; undefined if there is none of that name. */
  patient(name: string): Patient | undefined {
    const live = [...this.#live.values()].find(({ tunnel }) => tunnel.name === name);
    if (live === undefined) return undefined;
    const { tunnel, whyOffline } = live;
    const listener = this.#ports.stateOf(tunnel);
    return { tunnel, listener, agent: live.links.at(-1), whyOffline };
  }

  /** Tells of everybody who comes to a public port, until the returned function is called. */
  watchArrivals(seen: (arrival: ArrivalSeen) => void): () => void {
    return this.#ports.watch(seen);
  }

  /** Tunnels whose port is open, by name. */
  get publicAddresses(): { name: string; address: string }[] {
    return [...this.#live.values()]
      .filter(({ tunnel }) => this.#ports.stateOf(tunnel).state === 'listening')
      .map(({ tunnel }) => ({ name: tunnel.name, address: this.#publicAddress(tunnel) }))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  /** What is in use now, for leak checks and status. */
  get counts(): { sessions: number; streams: number; carriers: number } {
    const live = [...this.#live.values()];
    return {
      sessions: live.reduce((sum, tunnel) => sum + tunnel.sessions, 0),
      streams: live.reduce((sum, tunnel) => sum + tunnel.streams, 0),
      carriers: this.#links().reduce((sum, { link }) => sum + link.carrierCount, 0),
    };
  }

  /** No new sessions; resolves when all have ended. */
  async drain(): Promise<void> {
    this.#ports.close();
    await Promise.all([...this.#live.values()].map((tunnel) => tunnel.drain()));
  }

  /** Ends everything now. */
  close(): void {
    this.#ports.close();
    for (const tunnel of this.#live.values()) tunnel.close('relay-stopped');
  }

  async #reconcile(): Promise<void> {
    const stored = new Map((await this.#options.store.tunnels.list()).map((t) => [t.id, t]));
    for (const [id, live] of this.#live) {
      const tunnel = stored.get(id);
      if (tunnel !== undefined && isSamePlace(tunnel, live.tunnel)) {
        this.#adopt(live, tunnel);
        continue;
      }
      this.#live.delete(id);
      if (tunnel?.name !== live.tunnel.name) this.#gone(live.tunnel.name, tunnel?.name);
      live.close(tunnel === undefined ? 'tunnel-deleted' : 'tunnel-changed');
    }
    const { store: _store, changed: _changed, watches, ...common } = this.#options;
    const fresh: LiveTunnel[] = [];
    for (const tunnel of stored.values()) {
      if (this.#live.has(tunnel.id)) continue;
      const live = new LiveTunnel({ tunnel, ...common });
      this.#live.set(tunnel.id, live);
      fresh.push(live);
    }
    await this.#ports.settle([...this.#live.values()]);
    for (const live of fresh) this.#changed(live);
    for (const { tunnel } of this.#live.values()) {
      for (const watch of watches) watch.listens?.(tunnel.name, this.#ports.stateOf(tunnel));
    }
  }

  /** Agents are told where their tunnel is if that has changed. */
  #adopt(live: LiveTunnel, tunnel: Tunnel): void {
    const before = this.#publicAddress(live.tunnel);
    const isChanged = live.tunnel.revision !== tunnel.revision;
    live.adopt(tunnel);
    if (isChanged) this.#changed(live);
    if (this.#publicAddress(tunnel) === before) return;
    for (const link of live.links) this.#tell(live, link);
  }

  #tell(live: LiveTunnel, link: AgentLink): void {
    const { tunnel } = live;
    const listener = this.#ports.stateOf(tunnel);
    link.tell({
      t: 'tunnel',
      name: tunnel.name,
      publicAddress: this.#publicAddress(tunnel),
      ...(listener.state === 'failed' && { problem: listener.reason }),
    });
  }

  #publicAddress(tunnel: Tunnel): string {
    return publicAddresses(tunnel, this.publicHostName).publicAddress;
  }

  #linkOf(agentId: string): AgentLink | undefined {
    return this.#links().find(({ identity }) => identity.agentId === agentId);
  }

  #links(): AgentLink[] {
    return [...this.#live.values()].flatMap((tunnel) => [...tunnel.links]);
  }
}

/** Clients and agents know a tunnel by these; after a change of anything else sessions and links go on. */
function isSamePlace(a: Tunnel, b: Tunnel): boolean {
  return a.port === b.port && a.listenHost === b.listenHost && a.name === b.name;
}
