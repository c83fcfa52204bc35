import { Type } from 'typebox';
import type { Static } from 'typebox';
import { API_LIMITS } from '../limits.ts';
import { SERVER_TLS_MODES, SERVER_TLS_TRUST } from '../../shared/proto/link-messages.ts';
import { PolicyChanges, TunnelPolicy } from '../policy.ts';
import { Millis, orNull, PRINTABLE } from './common.ts';
import { LinkView } from './links.ts';

/** What administration shows and takes. The same schemas check the HTTP API in both directions. */

export const TunnelName = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' });
export const DisplayName = Type.String({
  minLength: 1,
  maxLength: API_LIMITS.displayName,
  pattern: PRINTABLE,
});
export const Version = Type.String({
  minLength: 1,
  maxLength: API_LIMITS.version,
  pattern: PRINTABLE,
});
const Host = Type.String({ minLength: 1, maxLength: 255 });
const Port = Type.Integer({ minimum: 1, maximum: 65_535 });
const ServerAddress = Type.String({ minLength: 3, maxLength: 300 });

const ServerTlsView = Type.Object({
  how: Type.Enum(SERVER_TLS_MODES),
  /** Null without TLS. */
  verified: orNull(Type.Enum(SERVER_TLS_TRUST)),
});

export const AgentView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  version: Type.String(),
  connected: Type.Boolean(),
  /** Where the live link comes from, else where the last one came from. */
  address: orNull(Type.String()),
  connectedSince: orNull(Millis),
  roundTrip: orNull(Type.Number({ description: 'milliseconds' })),
  /** Null while it is away. */
  link: orNull(LinkView),
  /** TLS between it and its FTP server; null while it is away. */
  serverTls: orNull(ServerTlsView),
  createdAt: Millis,
  lastSeenAt: orNull(Millis),
  revokedAt: orNull(Millis),
});
export type AgentView = Static<typeof AgentView>;

/** An agent in a list of all. */
export const TunnelAgentView = Type.Object({ ...AgentView.properties, tunnel: Type.String() });
export type TunnelAgentView = Static<typeof TunnelAgentView>;

/** Live facts; null in place of it means that no relay runs on this data. */
export const LiveView = Type.Object({
  listening: Type.Boolean(),
  problem: orNull(Type.String()),
  sessions: Type.Integer(),
  offlineSince: orNull(Millis),
});
export type LiveView = Static<typeof LiveView>;

export const TunnelView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  listenHost: Type.String(),
  port: Type.Integer(),
  /** A second port, where TLS begins at once. */
  implicitPort: orNull(Type.Integer()),
  /** Its ports may be those of other shared tunnels, too. */
  shared: Type.Boolean(),
  /** Its own DNS name. */
  host: orNull(Type.String()),
  publicAddress: Type.String(),
  /** `ftps://` at the implicit port. */
  implicitAddress: orNull(Type.String()),
  serverAddress: orNull(Type.String()),
  createdAt: Millis,
  updatedAt: Millis,
  revision: Type.Integer(),
  policy: TunnelPolicy,
  agents: Type.Array(AgentView),
  live: orNull(LiveView),
});
export type TunnelView = Static<typeof TunnelView>;

/** Where else a tunnel can be found than at its port. */
const place = {
  implicitPort: Type.Optional(orNull(Port)),
  shared: Type.Optional(Type.Boolean()),
  host: Type.Optional(orNull(Type.String({ minLength: 3, maxLength: 253 }))),
};

export const CreateTunnel = Type.Object(
  {
    name: TunnelName,
    port: Type.Optional(Port),
    ...place,
    serverAddress: Type.Optional(ServerAddress),
    listenHost: Type.Optional(Host),
    policy: Type.Optional(PolicyChanges),
  },
  { additionalProperties: false },
);
export type CreateTunnel = Static<typeof CreateTunnel>;

export const CreatedTunnel = Type.Object({
  tunnel: TunnelView,
  enrolmentCode: Type.String(),
  publicAddress: Type.String(),
});
export type CreatedTunnel = Static<typeof CreatedTunnel>;

const changes = {
  name: Type.Optional(TunnelName),
  port: Type.Optional(Port),
  ...place,
  serverAddress: Type.Optional(orNull(ServerAddress)),
  listenHost: Type.Optional(Host),
  policy: Type.Optional(PolicyChanges),
};
export const ChangeTunnel = Type.Object(changes, { additionalProperties: false });
export type ChangeTunnel = Static<typeof ChangeTunnel>;

/** A change that is made only if the tunnel still has the revision named. */
export const ChangeTunnelRequest = Type.Object(
  { ...changes, revision: Type.Optional(Type.Integer({ minimum: 1 })) },
  { additionalProperties: false },
);

export const AgentCode = Type.Object({
  tunnel: Type.String(),
  enrolmentCode: Type.String(),
  expiresAt: Millis,
});
export type AgentCode = Static<typeof AgentCode>;

export const CreatedToken = Type.Object({
  id: Type.String(),
  name: Type.String(),
  token: Type.String(),
});
export type CreatedToken = Static<typeof CreatedToken>;

export const CertificateView = Type.Object({
  names: Type.Array(Type.String()),
  issuer: Type.String(),
  notAfter: Millis,
  /** SHA-256, hexadecimal. */
  fingerprint: Type.String(),
  source: Type.Union([Type.Literal('file'), Type.Literal('acme'), Type.Literal('self-signed')]),
  /** What is wrong and what to do, in sentences; null if nothing is. */
  finding: orNull(Type.String()),
});
export type CertificateView = Static<typeof CertificateView>;

export const RelayStatus = Type.Object({
  version: Type.String(),
  /** False if this was read from the data directory while no relay ran on it. */
  running: Type.Boolean(),
  startedAt: orNull(Millis),
  /** URL for `gangway agent --relay`; null until a relay ran once. */
  relayUrl: orNull(Type.String()),
  sessions: Type.Integer(),
  tunnels: Type.Array(TunnelView),
  /** Empty while no relay runs. */
  certificates: Type.Array(CertificateView),
});
export type RelayStatus = Static<typeof RelayStatus>;
