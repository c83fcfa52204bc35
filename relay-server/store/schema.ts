import type { Kysely } from 'kysely';
import type { ClientProgram } from '../../shared/diagnosis/programs.ts';
import type { Role } from '../views/access.ts';
import type { DoctorRun } from '../views/doctor.ts';
import type { Outcome } from '../views/sessions.ts';

/** The tables as Kysely sees them; the migrations make them. Names are snake_case in SQL. */
export interface Schema {
  tunnels: TunnelRow;
  agents: AgentRow;
  enrolment_codes: CodeRow;
  api_tokens: TokenRow;
  users: UserRow;
  logins: LoginRow;
  audit: AuditRow;
  settings: { key: string; value: string };
  doctor_runs: DoctorRunRow;
  past_sessions: PastSessionRow;
  past_transfers: PastTransferRow;
  past_findings: PastFindingRow;
  past_line_losses: PastLineLossRow;
  bans: BanRow;
  pending_credentials: PendingCredentialRow;
}

export interface TunnelRow {
  id: string;
  name: string;
  listen_host: string;
  port: number;
  implicit_port: number | null;
  /** 1 or 0. */
  shared: number;
  host: string | null;
  server_address: string | null;
  created_at: number;
  updated_at: number;
  revision: number;
  /** JSON: what is not as by default. */
  policy: string;
}

export interface AgentRow {
  id: string;
  tunnel_id: string;
  name: string;
  version: string;
  credential_hash: string;
  created_at: number;
  last_seen_at: number | null;
  last_seen_from: string | null;
  revoked_at: number | null;
}

/** The row outlives its tunnel (`tunnel_id` becomes null), so that its holder can be told why it is void. */
interface CodeRow {
  id: string;
  tunnel_id: string | null;
  code_hash: string;
  created_at: number;
  expires_at: number;
  used_at: number | null;
  used_by: string | null;
}

export interface TokenRow {
  id: string;
  name: string;
  token_hash: string;
  created_at: number;
  last_used_at: number | null;
  role: Role;
  expires_at: number | null;
}

export interface UserRow {
  id: string;
  name: string;
  role: Role;
  /** Argon2id in PHC form. */
  password: string;
  /** 1 or 0. */
  must_change: number;
  /** 1 or 0. */
  disabled: number;
  /** Base32; null without a second factor. */
  totp_secret: string | null;
  /** Shown, not confirmed yet. */
  totp_pending: string | null;
  /** The last time step whose code was used (RFC 6238 §5.2: only once). */
  totp_step: number | null;
  /** JSON: hashes of those that are left. */
  recovery_codes: string;
  created_at: number;
  updated_at: number;
  last_login_at: number | null;
  revision: number;
}

export interface LoginRow {
  id: string;
  user_id: string;
  secret_hash: string;
  /** Of the secret before the last rotation. */
  previous_hash: string | null;
  rotated_at: number;
  created_at: number;
  last_used_at: number;
  source: string;
  browser: string;
  expires_at: number;
}

export interface AuditRow {
  id: string;
  at: number;
  actor: string;
  source: string;
  action: string;
  target: string;
  /** JSON. */
  before: string | null;
  /** JSON. */
  after: string | null;
}

export interface DoctorRunRow {
  id: string;
  tunnel: string;
  started_at: number;
  finished_at: number;
  result: DoctorRun['result'];
  /** JSON. */
  checks: string;
}

/** A credential that an agent was sent. */
interface PendingCredentialRow {
  agent_id: string;
  /** Grows with each that the agent is sent. */
  number: number;
  credential_hash: string;
}

export interface PastSessionRow {
  id: string;
  /** When it ended. */
  at: number;
  opened_at: number;
  tunnel: string;
  client: string;
  user: string | null;
  program: ClientProgram;
  program_name: string | null;
  tls: string | null;
  outcome: Outcome;
  /** 1 if that is `ok`, else 0. */
  ok: number;
  closed_by: string;
  reason: string;
  transfers: number;
  bytes_down: number;
  bytes_up: number;
  /** JSON. */
  findings: string;
  /** JSON: what happened. */
  record: string;
}

export interface PastTransferRow {
  id: string;
  /** When it ended. */
  at: number;
  session: string;
  tunnel: string;
  client: string;
  user: string | null;
  verb: string;
  name: string;
  direction: 'download' | 'upload';
  bytes: number;
  size: number | null;
  ms: number;
  code: number;
  /** 1 or 0. */
  ok: number;
  broken: string | null;
}

export interface PastFindingRow {
  id: string;
  at: number;
  session: string;
  tunnel: string;
  client: string;
  user: string | null;
  program: ClientProgram;
  code: string;
  /** JSON. */
  facts: string;
}

export interface PastLineLossRow {
  id: string;
  /** When it began. */
  at: number;
  tunnel: string;
  agent: string;
  ms: number;
  /** 1 or 0. */
  resumed: number;
}

interface BanRow {
  id: string;
  network: string;
  tunnel: string | null;
  reason: string;
  /** 1 or 0. */
  automatic: number;
  created_at: number;
  until: number | null;
}

export type Database = Kysely<Schema>;

/** The wall clock in milliseconds; handed in, so that expiry can be tested. */
export type Clock = () => number;
