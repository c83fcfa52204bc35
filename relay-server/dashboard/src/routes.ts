import type { FunctionComponent } from 'preact';
import { lazy } from 'preact-iso';

interface Place {
  readonly path: string;
  readonly page: FunctionComponent;
  /** Its words in the navigation; without them it is reached from another page. */
  readonly link?: string;
  /** Shown to admins only. */
  readonly forAdmins?: boolean;
}

/** All pages, in the order of the navigation. Each is fetched when it is first gone to. */
export const PLACES: readonly Place[] = [
  { path: '/', link: 'Overview', page: lazy(() => import('./pages/overview.tsx')) },
  { path: '/tunnels', link: 'Tunnels', page: lazy(() => import('./pages/tunnels.tsx')) },
  { path: '/tunnels/new', page: lazy(() => import('./pages/new-tunnel.tsx')), forAdmins: true },
  { path: '/tunnels/:name', page: lazy(() => import('./pages/tunnel.tsx')) },
  { path: '/sessions', link: 'Live sessions', page: lazy(() => import('./pages/sessions.tsx')) },
  { path: '/why', link: 'Why can’t they connect?', page: lazy(() => import('./pages/why.tsx')) },
  { path: '/transfers', link: 'Transfers', page: lazy(() => import('./pages/transfers.tsx')) },
  { path: '/doctor', link: 'Doctor', page: lazy(() => import('./pages/doctor.tsx')) },
  { path: '/agents', link: 'Agents', page: lazy(() => import('./pages/agents.tsx')) },
  { path: '/bans', link: 'Bans', page: lazy(() => import('./pages/bans.tsx')) },
  { path: '/users', link: 'Users', page: lazy(() => import('./pages/users.tsx')), forAdmins: true },
  {
    path: '/tokens',
    link: 'API tokens',
    page: lazy(() => import('./pages/tokens.tsx')),
    forAdmins: true,
  },
  { path: '/audit', link: 'Audit', page: lazy(() => import('./pages/audit.tsx')), forAdmins: true },
  { path: '/settings', link: 'Settings', page: lazy(() => import('./pages/settings.tsx')) },
  { path: '/account', page: lazy(() => import('./pages/account.tsx')) },
];
