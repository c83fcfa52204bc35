import { hostname } from 'node:os';
import { formatHostPort } from '../../shared/config/values.ts';
import type { Agent, Store, Tunnel } from '../store/store.ts';
import type { ConnectedAgent, RelayRuntime, TunnelState } from './runtime.ts';
import type { AgentView, LiveView, TunnelView } from './views.ts';

/** Keys of what the running relay leaves in the store for the time when it does not run. */
export const REMEMBERED = {
  /** The name or address FTP clients use. */
  publicHost: 'public-host',
  /** The URL agents use. */
  relayUrl: 'relay-url',
  /** Short form of its key, if nobody vouches for its certificate; else empty. */
  pin: 'relay-pin',
} as const;

/** `ftp://host:port` as far as it can be known without a running relay. */
export async function rememberedAddress(store: Store, port: number): Promise<string> {
  const host = (await store.settings.get(REMEMBERED.publicHost)) ?? hostname();
  return `ftp://${formatHostPort({ host, port })}`;
}

/** A tunnel with its agents and, if the relay runs, its live state. */
export async function tunnelView(
  store: Store,
  runtime: RelayRuntime | undefined,
  tunnel: Tunnel,
): Promise<TunnelView> {
  const state = runtime?.tunnelState(tunnel.id);
  const agents = await store.agents.list(tunnel.id);
  return {
    ...tunnel,
    publicAddress:
      runtime?.publicAddress(tunnel.port) ?? (await rememberedAddress(store, tunnel.port)),
    agents: agents.map((agent) =>
      agentView(
        agent,
        state?.agents.find((one) => one.id === agent.id),
      ),
    ),
    live: state === undefined ? null : liveView(state),
  };
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
