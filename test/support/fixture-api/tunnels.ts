import type { Sample, TunnelBrief } from '../../../relay-server/views/live.ts';
import { lineFinding } from '../../../shared/diagnosis/catalogue/line.ts';
import { explain } from '../../../shared/diagnosis/explain.ts';
import type { LineView } from '../../../relay-server/views/line.ts';
import type { LinkView } from '../../../relay-server/views/links.ts';
import type { AgentView, TunnelView } from '../../../relay-server/views/tunnels.ts';
import { pageOfList, type Values } from './answers.ts';
import { shownLink } from '../links.ts';
import { DEFAULT_POLICY } from '../../../relay-server/policy.ts';

const START = Date.now();

/** A tunnel; every seventh is down, and every eleventh has never had an agent. */
export function tunnel(index: number): TunnelView {
  const name = index === 0 ? 'shop' : `customer-${String(index).padStart(3, '0')}`;
  const waits = index % 11 === 10;
  const down = index % 7 === 3;
  const port = 2121 + index;
  return {
    id: `tunnel-${index}`,
    name,
    listenHost: '0.0.0.0',
    port,
    implicitPort: index === 0 ? 990 : null,
    shared: false,
    host: null,
    publicAddress: `ftp://relay.example.org:${port}`,
    implicitAddress: index === 0 ? 'ftps://relay.example.org:990' : null,
    serverAddress: '127.0.0.1:21',
    createdAt: START - 40 * 86_400_000,
    updatedAt: START - 3 * 86_400_000,
    revision: 4,
    policy: {
      ...DEFAULT_POLICY,
      ...(index === 0 && { deny: ['203.0.113.0/24'], tls: 'required' }),
    },
    agents: waits ? [] : [agent(index, !down)],
    live: {
      listening: true,
      problem: null,
      sessions: waits || down ? 0 : 1 + (index % 9),
      offlineSince: down ? START - 1_200_000 : null,
    },
  };
}

/** The agent of a tunnel. */
export function agent(index: number, connected: boolean): AgentView {
  return {
    id: `agent-${index}`,
    name: index === 0 ? 'nas-in-the-office' : `site-${index}`,
    version: index % 5 === 4 ? '0.0.9' : '0.1.0',
    connected,
    address: `192.0.2.${index % 250}`,
    connectedSince: connected ? START - 7_500_000 : null,
    roundTrip: connected ? 23.4 + (index % 40) : null,
    link: connected ? linkOf(index) : null,
    serverTls: connected ? { how: 'explicit', verified: 'fingerprint' } : null,
    createdAt: START - 40 * 86_400_000,
    lastSeenAt: connected ? START : START - 1_200_000,
    revokedAt: null,
  };
}

/** A link with four carriers; the first tunnel's has had its troubles. */
function linkOf(index: number): LinkView {
  const carriers = [1, 2, 3, 4].map((id) => ({
    id,
    since: START - 7_500_000 + (id === 4 ? 7_200_000 : 0),
    roundTrip: id === 4 ? null : 23.4 + id + (index % 40),
    backlog: id === 2 ? 131_072 : 0,
    sent: 1_500_000 * id,
    received: 420_000_000 * id,
  }));
  const troubles = {
    carriersLost: 7,
    resumes: 2,
    lastResumedAt: START - 300_000,
    stalls: 1,
    resent: 786_432,
  };
  return shownLink({
    carrierCount: carriers.length,
    carriers,
    windows: 6_291_456,
    largestWindow: 4_194_304,
    unacknowledged: 98_304,
    ...(index === 0 && troubles),
  });
}

/** How a tunnel's line was: the first's drops in the evening, others' have not been down. */
export function lineOf({ name, agents }: TunnelView, query: Values): LineView {
  const [one] = agents;
  if (name !== 'shop' || one === undefined) return { finding: null, ...pageOfList([], query) };
  const evening = START - (START % 86_400_000) - 14_400_000;
  const losses = [0, 1, 3, 4, 5].map((days, index) => ({
    id: `loss-${days}`,
    tunnel: name,
    agent: one.id,
    at: evening - days * 86_400_000 + index * 90_000,
    ms: 2_300 + index * 17_000,
    resumed: days !== 4,
  }));
  const pattern = { is: 'daily', minute: 1203, days: 5, losses: 5 } as const;
  const {
    tellUser: _tell,
    program: _program,
    ...finding
  } = explain({ ...lineFinding(pattern), at: 0 }, 'generic');
  return { finding, ...pageOfList(losses, query) };
}

/** What the overview has of a tunnel. */
export function briefOf(view: TunnelView, at: number): TunnelBrief {
  const { name, publicAddress, agents, live } = view;
  const connected = agents.find((one) => one.connected);
  const state = agents.length === 0 ? 'waiting' : connected === undefined ? 'down' : 'up';
  return {
    name,
    publicAddress,
    state,
    since: state === 'up' ? (connected?.connectedSince ?? at) : (live?.offlineSince ?? null),
    problem:
      state === 'down'
        ? 'its agent is away'
        : typeof connected?.link?.waitingSince === 'number'
          ? 'the line to its agent is down; transfers wait'
          : null,
    sessions: live?.sessions ?? 0,
    transfers: Math.floor((live?.sessions ?? 0) / 2),
  };
}

/** The relay's throughput at a moment, as waves. */
export function sample(at: number, sessions: number): Sample {
  const phase = at / 60_000;
  return {
    at,
    sessions,
    transfers: Math.floor(sessions / 2),
    rateDown: Math.round(4_000_000 * (1.6 + Math.sin(phase) + 0.4 * Math.sin(phase * 7))),
    rateUp: Math.round(900_000 * (1.5 + Math.cos(phase * 1.7))),
  };
}
