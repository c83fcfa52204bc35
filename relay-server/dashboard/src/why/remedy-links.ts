import { queryText } from '../api.ts';

/** Somewhere in the dashboard where a cause can be looked into or done away with. */
export interface RemedyLink {
  readonly href: string;
  readonly words: string;
}

type Place = 'doctor' | 'agents' | 'line' | 'bans' | 'settings';

/** Where else than to the tunnel's policies a cause leads. */
const PLACES: Readonly<Record<string, readonly Place[]>> = {
  'passive-blocked-at-client': ['doctor'],
  'passive-blocked-at-relay': ['doctor'],
  'passive-not-dialled': ['doctor'],
  'server-passive-broken': ['doctor'],
  'active-blocked-at-client': ['doctor'],
  'wrong-password': ['doctor'],
  'repeated-failed-logins': ['bans', 'settings'],
  banned: ['bans', 'settings'],
  'agent-offline': ['agents'],
  'agent-flapping': ['line'],
  'link-lost': ['line'],
  'agent-line-drops': ['line'],
  'agent-line-unstable': ['line'],
  'agent-proxy-timeout': ['line'],
  'certificate-refused': ['settings'],
  'tls-cut-at-handshake': ['settings', 'doctor'],
};

/** Where the webmaster goes from a finding: the tunnel’s policy always, the doctor where the server failed. */
export function remedyLinks(
  { code, side }: { readonly code: string; readonly side: string },
  tunnel: string,
  client: string,
): RemedyLink[] {
  const links: Readonly<Record<Place, RemedyLink>> = {
    doctor: { href: `/doctor${queryText({ tunnel })}`, words: 'Examine it with the doctor' },
    agents: { href: `/agents${queryText({ tunnel })}`, words: 'Its agents' },
    line: {
      href: `/tunnels/${encodeURIComponent(tunnel)}?view=agents`,
      words: 'The line of its agents',
    },
    bans: { href: `/bans${queryText({ address: client })}`, words: 'Bans of this address' },
    settings: { href: '/settings', words: 'Settings of the relay' },
  };
  const places = PLACES[code] ?? (side === 'server' ? (['doctor'] as const) : []);
  const policies = {
    href: `/tunnels/${encodeURIComponent(tunnel)}?view=policy`,
    words: `Policy of the tunnel ${tunnel}`,
  };
  return [policies, ...places.map((place) => links[place])];
}
