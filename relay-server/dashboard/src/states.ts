import type { TunnelBrief } from '../../views/live.ts';
import type { TunnelView } from '../../views/tunnels.ts';
import type { Mood } from './components/badge.tsx';

/** How a tunnel is in a word. */
export const TUNNEL_STATES: Readonly<Record<TunnelBrief['state'], { mood: Mood; words: string }>> =
  {
    up: { mood: 'good', words: 'up' },
    down: { mood: 'bad', words: 'down' },
    waiting: { mood: 'waiting', words: 'no agent yet' },
  };

/** A tunnel's state by its own facts, for where no brief has come yet. */
export function briefOf({ name, publicAddress, agents, live }: TunnelView): TunnelBrief {
  const connected = agents.find((agent) => agent.connected);
  const isServed = connected !== undefined && live?.listening === true;
  const isNew = agents.every(({ lastSeenAt }) => lastSeenAt === null);
  const away =
    live?.listening === false ? (live.problem ?? 'its port is not open') : 'its agent is away';
  return {
    name,
    publicAddress,
    state: isServed ? 'up' : isNew ? 'waiting' : 'down',
    since: isServed ? connected.connectedSince : (live?.offlineSince ?? null),
    problem: isServed || isNew ? null : away,
    sessions: live?.sessions ?? 0,
    transfers: 0,
  };
}

/** How bad a finding is. */
export const SEVERITIES: Readonly<
  Record<'info' | 'warning' | 'error', { mood: Mood; words: string }>
> = {
  error: { mood: 'bad', words: 'failed' },
  warning: { mood: 'warning', words: 'hindered' },
  info: { mood: 'info', words: 'seen' },
};

/** Whose side a cause is on. */
export const SIDES: Readonly<Record<'client' | 'relay' | 'agent' | 'server', string>> = {
  client: 'client’s side',
  relay: 'relay',
  agent: 'agent',
  server: 'FTP server',
};

/** How a visit ended. */
export const OUTCOME_WORDS: Readonly<
  Record<
    'ok' | 'failed-transfer' | 'failed-login' | 'turned-away' | 'broken',
    { mood: Mood; words: string }
  >
> = {
  ok: { mood: 'good', words: 'fine' },
  'failed-transfer': { mood: 'bad', words: 'transfer failed' },
  'failed-login': { mood: 'warning', words: 'login failed' },
  'turned-away': { mood: 'warning', words: 'turned away' },
  broken: { mood: 'bad', words: 'broke off' },
};
