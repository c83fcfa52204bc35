import { Type } from 'typebox';
import { DEFAULT_POLICY } from '../../../relay-server/policy.ts';
import { pageOf } from '../../../relay-server/views/common.ts';
import { LineView } from '../../../relay-server/views/line.ts';
import { SessionView } from '../../../relay-server/views/sessions.ts';
import {
  AgentCode,
  AgentView,
  CreatedTunnel,
  RelayStatus,
  TunnelView,
} from '../../../relay-server/views/tunnels.ts';
import { matching, Nothing, pageOfList, refusal, type AddRoute } from './answers.ts';
import type { FixtureState } from './state.ts';
import { agent, lineOf, tunnel } from './tunnels.ts';

const One = Type.Object({ tunnel: TunnelView });
const CODE = 'GW-MADE-UP-ENROLMENT-CODE';

const CERTIFICATES = [
  {
    names: ['relay.example.org', '*.ftp.example.org'],
    issuer: 'Example CA',
    notAfter: Date.now() + 40 * 86_400_000,
    fingerprint: '5f'.repeat(32),
    source: 'acme',
    finding: null,
  },
  {
    names: ['old.example.org'],
    issuer: 'Example CA',
    notAfter: Date.now() + 5 * 86_400_000,
    fingerprint: 'c4'.repeat(32),
    source: 'file',
    finding:
      'It ends in 5 days. Put a new one into the same files; the relay takes it up by itself.',
  },
] as const;

/** Tunnels, their agents and their live sessions. */
export function tunnelRoutes(add: AddRoute, state: FixtureState): void {
  add('GET /status', RelayStatus, () => ({
    version: '0.1.0',
    running: true,
    startedAt: Date.now() - 86_400_000,
    relayUrl: 'https://relay.example.org:8080',
    sessions: state.sessions.length,
    tunnels: state.tunnels,
    certificates: CERTIFICATES,
  }));
  add('GET /tunnels', pageOf(TunnelView), ({ query: { q, ...query } }) =>
    pageOfList(matching(state.tunnels, { name: q }, ['name']), query),
  );
  add('GET /tunnels/:name', One, ({ params }) => ({ tunnel: known(state, params['name']) }));
  add('POST /tunnels', CreatedTunnel, ({ body }) => create(state, body));
  add('PATCH /tunnels/:name', One, ({ params, body }) => change(state, params['name'], body));
  add('DELETE /tunnels/:name', Nothing, ({ params }) => {
    const gone = known(state, params['name']);
    state.tunnels.splice(state.tunnels.indexOf(gone), 1);
    state.tellTunnel(gone.name);
  });
  add('POST /tunnels/:name/agent-codes', AgentCode, ({ params }) => ({
    tunnel: known(state, params['name']).name,
    enrolmentCode: CODE,
    expiresAt: Date.now() + 7 * 86_400_000,
  }));
  add('GET /tunnels/:name/line', LineView, ({ params, query }) =>
    lineOf(known(state, params['name']), query),
  );
  const Agent = Type.Object({ ...AgentView.properties, tunnel: Type.String() });
  add('GET /agents', pageOf(Agent), ({ query }) => {
    const all = state.tunnels.flatMap(({ name, agents }) =>
      agents.map((one) => ({ ...one, tunnel: name })),
    );
    return pageOfList(matching(all, query, ['tunnel']), query);
  });
  add('DELETE /agents/:id', Nothing, ({ params }) => {
    const owner = state.tunnels.find(({ agents }) => agents.some(({ id }) => id === params['id']));
    const found = owner?.agents.find(({ id }) => id === params['id']);
    if (owner === undefined || found === undefined) throw refusal('agent-unknown', 'no such agent');
    Object.assign(found, { connected: false, revokedAt: Date.now(), roundTrip: null, link: null });
    state.tellTunnel(owner.name);
  });
  add('GET /sessions', pageOf(SessionView), ({ query }) =>
    pageOfList(foundSessions(state, query), query),
  );
  add('DELETE /sessions/:id', Nothing, ({ params }) => {
    state.sessions = state.sessions.filter(({ id }) => id !== params['id']);
    state.events.emit('event', 'watched', undefined);
  });
}

/** Live sessions as a query filters them. */
export function foundSessions(
  state: FixtureState,
  { tunnel: name, q = '' }: Readonly<Record<string, string | undefined>>,
): SessionView[] {
  return matching(state.sessions, { tunnel: name }, ['tunnel']).filter(({ client, user }) =>
    `${client} ${user ?? ''}`.includes(q),
  );
}

/** Lets the agent of a tunnel arrive, as when the line was pasted beside its server. */
export function agentArrives(state: FixtureState, name: string): void {
  known(state, name).agents.push({ ...agent(900, true), id: `agent-of-${name}` });
  state.tellTunnel(name);
}

/** Lets the line to a tunnel's agents go down, or come back. */
export function lineGoes(state: FixtureState, name: string, how: 'down' | 'up'): void {
  const now = Date.now();
  for (const one of known(state, name).agents) {
    if (one.link === null) continue;
    const { carriers } = agent(0, true).link ?? one.link;
    if (how === 'down') {
      Object.assign(one.link, { carrierCount: 0, carriers: [], waitingSince: now });
      continue;
    }
    const resumes = one.link.resumes + 1;
    const back = { carriers, waitingSince: null, resumes, lastResumedAt: now };
    Object.assign(one.link, { carrierCount: carriers.length, ...back });
  }
  state.tellTunnel(name);
}

function known(state: FixtureState, name = ''): TunnelView {
  const found = state.tunnels.find((each) => each.name === name);
  if (found === undefined) throw refusal('tunnel-unknown', `there is no tunnel ${name}`);
  return found;
}

function create(state: FixtureState, body: Readonly<Record<string, unknown>>): CreatedTunnel {
  const name = String(body['name']);
  if (state.tunnels.some((each) => each.name === name)) {
    throw refusal('tunnel-exists', `there is a tunnel ${name} already`, 'Choose another name.');
  }
  const index = state.tunnels.length;
  const port = (body['port'] as number | undefined) ?? 2121 + index;
  const publicAddress = `ftp://relay.example.org:${port}`;
  const made: TunnelView = {
    ...tunnel(index),
    id: `tunnel-of-${name}`,
    name,
    port,
    publicAddress,
    agents: [],
    revision: 1,
    live: { listening: true, problem: null, sessions: 0, offlineSince: null },
  };
  state.tunnels.push(made);
  state.tellTunnel(name);
  return { tunnel: made, enrolmentCode: CODE, publicAddress };
}

function change(
  state: FixtureState,
  name: string | undefined,
  { revision, policy = {}, ...body }: Readonly<Record<string, unknown>>,
): { tunnel: TunnelView } {
  const found = known(state, name);
  if (revision !== undefined && revision !== found.revision) {
    const remedy = 'Look at it again and repeat the change if it is still wanted.';
    throw refusal('revision-conflict', `${found.name} was changed by somebody else`, remedy);
  }
  const set = Object.entries(policy as object).map(([field, value]: [string, unknown]) => [
    field,
    value ?? DEFAULT_POLICY[field as keyof typeof DEFAULT_POLICY],
  ]);
  Object.assign(found, body, {
    policy: { ...found.policy, ...Object.fromEntries(set) },
    revision: found.revision + 1,
    updatedAt: Date.now(),
  });
  state.tellTunnel(found.name);
  return { tunnel: found };
}
