import { differences, type AuditTrail, type Change } from '../audit.ts';
import type { Principal } from '../http/principal.ts';
import type { DoctorRun, StartDoctor } from '../views/doctor.ts';
import type { Page } from '../views/common.ts';
import type {
  AgentCode,
  ChangeTunnel,
  CreatedTunnel,
  CreateTunnel,
  RelayStatus,
  TunnelAgentView,
  TunnelView,
} from '../views/tunnels.ts';
import type { AccessAdmin } from './access-admin.ts';
import type { Admin, AgentQuery, TunnelQuery } from './admin.ts';
import { AuditedAccess } from './audited-access.ts';
import { AuditedBans, type BanAdmin } from './ban-admin.ts';

/** Administration by somebody, every change of whom is remembered. */
export class AuditedAdmin implements Admin {
  readonly access: AccessAdmin;
  readonly bans: BanAdmin;
  readonly #admin: Admin;
  readonly #record: (change: Change) => Promise<void>;

  constructor(admin: Admin, trail: AuditTrail, by: Principal) {
    this.#admin = admin;
    this.#record = (change) => trail.record(change, by);
    this.access = new AuditedAccess(admin.access, this.#record);
    this.bans = new AuditedBans(admin.bans, this.#record);
  }

  async createTunnel(wanted: CreateTunnel): Promise<CreatedTunnel> {
    const created = await this.#admin.createTunnel(wanted);
    const { tunnel } = created;
    await this.#record({
      action: 'tunnel.create',
      target: tunnel.name,
      after: definition(tunnel),
    });
    return created;
  }

  async updateTunnel(
    name: string,
    changes: ChangeTunnel,
    condition?: { revision?: number },
  ): Promise<TunnelView> {
    const before = await this.#admin.showTunnel(name);
    const after = await this.#admin.updateTunnel(name, changes, condition);
    await this.#record({ action: 'tunnel.update', target: name, ...changeOf(before, after) });
    return after;
  }

  async deleteTunnel(name: string): Promise<void> {
    const before = await this.#admin.showTunnel(name);
    await this.#admin.deleteTunnel(name);
    await this.#record({ action: 'tunnel.delete', target: name, before: definition(before) });
  }

  async agentCode(tunnel: string): Promise<AgentCode> {
    const made = await this.#admin.agentCode(tunnel);
    const after = { expiresAt: made.expiresAt };
    await this.#record({ action: 'agent.code', target: tunnel, after });
    return made;
  }

  async revokeAgent(id: string): Promise<void> {
    await this.#admin.revokeAgent(id);
    await this.#record({ action: 'agent.revoke', target: id });
  }

  async rotateAgent(id: string): Promise<void> {
    await this.#admin.rotateAgent(id);
    await this.#record({ action: 'agent.rotate', target: id });
  }

  async startDoctor(wanted: StartDoctor): Promise<DoctorRun> {
    const run = await this.#admin.startDoctor(wanted);
    await this.#record({ action: 'doctor.start', target: run.tunnel, after: { run: run.id } });
    return run;
  }

  doctorRun(id: string): Promise<DoctorRun> {
    return this.#admin.doctorRun(id);
  }

  listTunnels(): Promise<TunnelView[]> {
    return this.#admin.listTunnels();
  }

  pageOfTunnels(query: TunnelQuery): Promise<Page<TunnelView>> {
    return this.#admin.pageOfTunnels(query);
  }

  pageOfAgents(query: AgentQuery): Promise<Page<TunnelAgentView>> {
    return this.#admin.pageOfAgents(query);
  }

  showTunnel(name: string): Promise<TunnelView> {
    return this.#admin.showTunnel(name);
  }

  status(): Promise<RelayStatus> {
    return this.#admin.status();
  }
}

/** What of a tunnel an administrator has decided. */
type Definition = Omit<TunnelView, 'agents' | 'live' | 'createdAt' | 'updatedAt' | 'id'>;

function definition(tunnel: TunnelView): Definition {
  const {
    agents: _agents,
    live: _live,
    createdAt: _made,
    updatedAt: _at,
    id: _id,
    ...rest
  } = tunnel;
  return rest;
}

/** Of the policy, too, only the fields that differ. */
function changeOf(before: TunnelView, after: TunnelView): Pick<Change, 'before' | 'after'> {
  const [was, is] = [definition(before), definition(after)];
  const change = differences(was, is);
  if (change.after.policy === undefined) return change;
  const policy = differences(was.policy, is.policy);
  return {
    before: { ...change.before, policy: policy.before },
    after: { ...change.after, policy: policy.after },
  };
}
