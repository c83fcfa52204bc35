import type { DoctorRun, StartDoctor } from '../views/doctor.ts';
import type {
  AgentCode,
  ChangeTunnel,
  CreatedTunnel,
  CreateTunnel,
  RelayStatus,
  TunnelAgentView,
  TunnelView,
} from '../views/tunnels.ts';
import type { Page, PageRequest } from '../views/common.ts';
import type { AccessAdmin } from './access-admin.ts';
import type { BanAdmin } from './ban-admin.ts';

/** Which tunnels are wanted. */
export interface TunnelQuery extends PageRequest {
  /** Part of the name, the host, the FTP server's address or the port. */
  readonly q?: string;
}

/** Which agents are wanted. */
export interface AgentQuery extends PageRequest {
  /** Name of their tunnel. */
  readonly tunnel?: string;
}

/** Everything an administrator can do, whether in the relay, through its API or beside its data. */
export interface Admin {
  /** Users and API tokens. */
  readonly access: AccessAdmin;
  readonly bans: BanAdmin;
  /**
   * Without a port the smallest free one from 2121 is taken.
   * @throws GangwayError `tunnel-name-invalid`, `tunnel-name-taken`, `tunnel-host-invalid`,
   *   `tunnel-host-taken`, `port-taken`, `port-in-use`, `port-not-permitted`, `listen-host-unavailable`, `server-address-invalid`, `policy-invalid`.
   */
  createTunnel(wanted: CreateTunnel): Promise<CreatedTunnel>;
  /** All, by name. */
  listTunnels(): Promise<TunnelView[]>;
  /** By name. */
  pageOfTunnels(query: TunnelQuery): Promise<Page<TunnelView>>;
  /** By creation. */
  pageOfAgents(query: AgentQuery): Promise<Page<TunnelAgentView>>;
  /** @throws GangwayError `tunnel-unknown`. */
  showTunnel(name: string): Promise<TunnelView>;
  /**
   * All or nothing: if the new port cannot be opened, the tunnel stays as it was.
   * @throws GangwayError as `createTunnel`, `tunnel-unknown`, `revision-conflict`.
   */
  updateTunnel(
    name: string,
    changes: ChangeTunnel,
    condition?: { revision?: number },
  ): Promise<TunnelView>;
  /** Ends its agents' links and its sessions. @throws GangwayError `tunnel-unknown`. */
  deleteTunnel(name: string): Promise<void>;
  /** A code for one more agent. @throws GangwayError `tunnel-unknown`. */
  agentCode(tunnel: string): Promise<AgentCode>;
  /** Ends the agent's link at once and for good. @throws GangwayError `agent-unknown`. */
  revokeAgent(id: string): Promise<void>;
  /**
   * Gives the agent another credential; the one before ends when the agent has kept it.
   * @throws GangwayError `agent-unknown`, `agent-offline`, `agent-outdated`, `agent-silent`,
   *   `credential-not-kept`, `rotation-pending`.
   */
  rotateAgent(id: string): Promise<void>;
  /**
   * Begins a run of the doctor on a tunnel.
   * @throws GangwayError `relay-not-running`, `tunnel-unknown`, `doctor-running`.
   */
  startDoctor(wanted: StartDoctor): Promise<DoctorRun>;
  /** A run as it stands. @throws GangwayError `doctor-run-unknown`. */
  doctorRun(id: string): Promise<DoctorRun>;
  status(): Promise<RelayStatus>;
}
