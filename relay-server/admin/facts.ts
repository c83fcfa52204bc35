import { hostname } from 'node:os';
import { formatHostPort } from '../../shared/config/values.ts';
import type { Agent, Store, Tunnel } from '../store/store.ts';
import type { ConnectedAgent, RelayRuntime, TunnelState } from './runtime.ts';
import type { AgentView, LiveView, TunnelAgentView, TunnelView } from '../views/tunnels.ts';

/** Keys of what the running relay leaves in the store for the time when it does not run. */
export const REMEMBERED = {
  /** The name or address FTP clients use. */
  publicHost: 'public-host',
  /** The URL agents use. */
  relayUrl: 'relay-url',
  /** Short form of its key, if nobody vouches for its certificate; else empty. */
  pin: 'relay-pin',
} as const;

/** Where FTP clients reach a tunnel. */
export interface PublicAddresses {
  /** `ftp://host:port`, the host its own if it has one. */
  readonly publicAddress: string;
  /** `ftps://host:port` of its implicit port; null if it has none. */
  readonly implicitAddress: string | null;
}

/** @param relayHost the name or address of the relay, for tunnels without a host of their own. */
export function publicAddresses(
  tunnel: Pick<Tunnel, 'host' | 'port' | 'implicitPort'>,
  relayHost: string,
): PublicAddresses {
  const { port, implicitPort } = tunnel;
  const host = tunnel.host ?? relayHost;
  return {
    publicAddress: `ftp://${formatHostPort({ host, port })}`,
    implicitAddress:
      implicitPort === null ? null : `ftps://${formatHostPort({ host, port: implicitPort })}`,
  };
}

/** The relay's public name, as far as it can be known without a running relay. */
export async function publicHostName(
  store: Store,
  runtime: RelayRuntime | undefined,
): Promise<string> {
  if (runtime !== undefined) return runtime.publicHostName;
  return (await store.settings.get(REMEMBERED.publicHost)) ?? hostname();
}

/** A tunnel with its agents and, if the relay runs, its live state. */
export async function tunnelView(
  store: Store,
  runtime: RelayRuntime | undefined,
  tunnel: Tunnel,
): Promise<TunnelView> {
  const host = await publicHostName(store, runtime);
  return viewOf(tunnel, await store.agents.list(tunnel.id), host, runtime);
}

/** The same of many, with as few questions to the store as of one. */
export async function tunnelViews(
  store: Store,
  runtime: RelayRuntime | undefined,
  tunnels: readonly Tunnel[],
): Promise<TunnelView[]> {
  const host = await publicHostName(store, runtime);
  const agents = Map.groupBy(await store.agents.list(), ({ tunnelId }) => tunnelId);
  return tunnels.map((tunnel) => viewOf(tunnel, agents.get(tunnel.id) ?? [], host, runtime));
}

function viewOf(
  tunnel: Tunnel,
  agents: readonly Agent[],
  host: string,
  runtime: RelayRuntime | undefined,
): TunnelView {
  const state = runtime?.tunnelState(tunnel.id);
  return {
    ...tunnel,
    ...publicAddresses(tunnel, host),
    agents: agents.map((agent) => agentView(agent, linkOf(agent, state))),
    live: state === undefined ? null : liveView(state),
  };
}

/** Agents with the names of their tunnels, which must be among those given. */
export function agentViews(
  runtime: RelayRuntime | undefined,
  tunnels: readonly Tunnel[],
  agents: readonly Agent[],
): TunnelAgentView[] {
  const names = new Map(tunnels.map(({ id, name }) => [id, name]));
  return agents.map((agent) => ({
    ...agentView(agent, linkOf(agent, runtime?.tunnelState(agent.tunnelId))),
    tunnel: names.get(agent.tunnelId) ?? '',
  }));
}

function linkOf({ id }: Agent, state: TunnelState | undefined): ConnectedAgent | undefined {
  return state?.agents.find((one) => one.id === id);
}

function agentView(agent: Agent, link: ConnectedAgent | undefined): AgentView {
  return {
    id: agent.id,
    name: agent.name,
    version: link?.version ?? agent.version,
    connected: link !== undefined,
    address: link?.address ?? agent.lastSeenFrom,
    connectedSince: link?.since ?? null,
    roundTrip: link?.roundTrip ?? null,
    link: link?.link ?? null,
    serverTls: link === undefined ? null : serverTlsView(link.serverTls),
    createdAt: agent.createdAt,
    lastSeenAt: agent.lastSeenAt,
    revokedAt: agent.revokedAt,
  };
}

function serverTlsView({ how, verified }: ConnectedAgent['serverTls']): AgentView['serverTls'] {
  return { how, verified: verified ?? null };
}

function liveView(state: TunnelState): LiveView {
  return {
    listening: state.listener.state === 'listening',
    problem: state.listener.state === 'failed' ? state.listener.reason : null,
    sessions: state.sessions,
    offlineSince: state.offlineSince ?? null,
  };
}
