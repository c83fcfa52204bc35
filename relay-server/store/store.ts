import type { PolicyChanges, TunnelPolicy } from '../policy.ts';
import type { AuditStore, LoginStore, TokenStore, UserStore } from './access.ts';
import type { BanStore, HistoryStore } from './history.ts';
import type { Page } from '../views/common.ts';
import type { DoctorRun } from '../views/doctor.ts';

/**
 * What the relay remembers, behind one interface: SQLite today, PostgreSQL where relays share it.
 * Times are integer milliseconds since 1970, ids are texts, secrets leave only as hashes.
 */
export interface Store {
  readonly tunnels: TunnelStore;
  readonly agents: AgentStore;
  readonly codes: CodeStore;
  readonly tokens: TokenStore;
  readonly users: UserStore;
  readonly logins: LoginStore;
  readonly audit: AuditStore;
  readonly settings: SettingStore;
  readonly doctor: DoctorStore;
  readonly history: HistoryStore;
  readonly bans: BanStore;
  /** Idempotent. */
  close(): Promise<void>;
}

/** A named public address of one FTP server. */
export interface Tunnel {
  readonly id: string;
  /** `[a-z0-9][a-z0-9-]{0,62}`, unique. */
  readonly name: string;
  readonly listenHost: string;
  /** 1 to 65535; no other tunnel's, unless all that have it are shared. */
  readonly port: number;
  /** A second public port, where TLS begins at once (implicit FTPS); null for none. */
  readonly implicitPort: number | null;
  /** Its ports may be those of other shared tunnels at the same listening address. */
  readonly shared: boolean;
  /** Its own DNS name in small letters, by which clients choose it on a shared port (SNI, HOST); unique. */
  readonly host: string | null;
  /** `HOST:PORT` of the FTP server as the administrator knows it; null leaves it to the agent. */
  readonly serverAddress: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Starts at 1, grows by one with each change. */
  readonly revision: number;
  readonly policy: TunnelPolicy;
}

export interface NewTunnel {
  readonly name: string;
  readonly listenHost: string;
  readonly port: number;
  /** None if left out. */
  readonly implicitPort?: number | null;
  /** Not shared if left out. */
  readonly shared?: boolean;
  /** None if left out. */
  readonly host?: string | null;
  readonly serverAddress: string | null;
  /** What is not as by default. */
  readonly policy?: PolicyChanges;
}

/** What of a tunnel can be changed; an absent field stays, also within the policy. */
export type TunnelChanges = Partial<NewTunnel>;

export interface TunnelStore {
  /** @throws GangwayError `tunnel-name-taken`, `tunnel-host-taken`, `port-taken`. */
  create(tunnel: NewTunnel): Promise<Tunnel>;
  /** By name. */
  list(): Promise<Tunnel[]>;
  get(id: string): Promise<Tunnel | undefined>;
  byName(name: string): Promise<Tunnel | undefined>;
  /**
   * @param revision the change is made only if the tunnel still has this revision.
   * @returns undefined if there is no such tunnel.
   * @throws GangwayError `tunnel-name-taken`, `tunnel-host-taken`, `port-taken`, `revision-conflict`.
   */
  update(id: string, changes: TunnelChanges, revision?: number): Promise<Tunnel | undefined>;
  /** Deletes the tunnel with its agents; open enrolment codes for it end. False if there was none. */
  delete(id: string): Promise<boolean>;
}

/** A program that was enrolled for a tunnel. */
export interface Agent {
  readonly id: string;
  readonly tunnelId: string;
  /** As the agent called itself, for people. */
  readonly name: string;
  readonly version: string;
  readonly createdAt: number;
  readonly lastSeenAt: number | null;
  /** The address it last came from. */
  readonly lastSeenFrom: string | null;
  readonly revokedAt: number | null;
}

/** The answer to a credential. */
export type Authentication =
  | { readonly ok: true; readonly agent: Agent }
  | { readonly ok: false; readonly reason: 'unknown' | 'revoked' };

export interface AgentStore {
  get(id: string): Promise<Agent | undefined>;
  /** By creation, revoked ones included; of all tunnels if none is named. */
  list(tunnelId?: string): Promise<Agent[]>;
  /** A new credential that is used for the first time puts an end to the one before. */
  authenticate(credential: string): Promise<Authentication>;
  /**
   * One more credential for the agent, good besides the one in force; the only time it is seen in clear.
   * @returns undefined if there is no such agent, or it was revoked
   * @throws GangwayError `rotation-pending` when too many were never used
   */
  newCredential(id: string): Promise<string | undefined>;
  /** The agent has kept it: those before are void from now on. Nothing if it is not good any more. */
  settleCredential(credential: string): Promise<void>;
  /** The agent has it not: it is void. */
  dropCredential(credential: string): Promise<void>;
  /** Notes that an agent was there. */
  seen(id: string, how: { at: number; from: string; version: string }): Promise<void>;
  /** False if there is no such agent or it was revoked before. */
  revoke(id: string): Promise<boolean>;
}

/** The answer to an enrolment code. */
export type Redemption =
  | {
      readonly ok: true;
      readonly agent: Agent;
      readonly tunnel: Tunnel;
      readonly credential: string;
    }
  | { readonly ok: false; readonly reason: 'unknown' | 'used' | 'expired' | 'tunnel-deleted' };

export interface CodeStore {
  /** A new code for one agent of the tunnel; the only time it is seen in clear. */
  create(tunnelId: string): Promise<{ code: string; expiresAt: number }>;
  /** Turns a code into an agent with a credential. Of two at once exactly one succeeds. */
  redeem(code: string, agent: { name: string; version: string }): Promise<Redemption>;
}

/** Facts the relay keeps about itself, for example the address it announces. */
export interface SettingStore {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
}

export interface DoctorStore {
  /** Keeps a run that is over; of each tunnel the last ones stay. */
  keep(run: DoctorRun & { finishedAt: number }): Promise<void>;
  get(id: string): Promise<DoctorRun | undefined>;
  /** Newest first, of all tunnels if none is named. */
  list(
    limit: number,
    filter?: { tunnel?: string | undefined; cursor?: string | undefined },
  ): Promise<Page<DoctorRun>>;
}
