import type { Page } from '../views/common.ts';
import type { AccessAdmin } from './access-admin.ts';
import type { Admin, AgentQuery, TunnelQuery } from './admin.ts';
import { HttpBans, type BanAdmin } from './ban-admin.ts';
import { HttpAccess } from './http-access.ts';
import { everyPage } from './list-page.ts';
import { at, RelayCalls } from './relay-calls.ts';
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

/** Administration of a running relay through its HTTP API. */
export class HttpAdmin implements Admin {
  readonly access: AccessAdmin;
  readonly bans: BanAdmin;
  readonly #relay: RelayCalls;

  /**
   * @param url of the relay, without a slash at the end.
   * @param token an API token of it, or its local token.
   */
  constructor(url: string, token: string) {
    this.#relay = new RelayCalls(url, token);
    this.access = new HttpAccess(this.#relay);
    this.bans = new HttpBans(this.#relay);
  }

  createTunnel(wanted: CreateTunnel): Promise<CreatedTunnel> {
    return this.#relay.call('POST', '/tunnels', wanted);
  }

  listTunnels(): Promise<TunnelView[]> {
    return everyPage((page) => this.pageOfTunnels(page));
  }

  pageOfTunnels(query: TunnelQuery): Promise<Page<TunnelView>> {
    return this.#relay.page('/tunnels', { ...query });
  }

  pageOfAgents(query: AgentQuery): Promise<Page<TunnelAgentView>> {
    return this.#relay.page('/agents', { ...query });
  }

  async showTunnel(name: string): Promise<TunnelView> {
    const { tunnel } = await this.#relay.call<{ tunnel: TunnelView }>('GET', at('/tunnels', name));
    return tunnel;
  }

  async updateTunnel(
    name: string,
    changes: ChangeTunnel,
    condition: { revision?: number } = {},
  ): Promise<TunnelView> {
    const body = { ...changes, ...condition };
    const { tunnel } = await this.#relay.call<{ tunnel: TunnelView }>(
      'PATCH',
      at('/tunnels', name),
      body,
    );
    return tunnel;
  }

  async deleteTunnel(name: string): Promise<void> {
    await this.#relay.call('DELETE', at('/tunnels', name));
  }

  agentCode(tunnel: string): Promise<AgentCode> {
    return this.#relay.call('POST', `${at('/tunnels', tunnel)}/agent-codes`);
  }

  async revokeAgent(id: string): Promise<void> {
    await this.#relay.call('DELETE', at('/agents', id));
  }

  async rotateAgent(id: string): Promise<void> {
    await this.#relay.call('POST', `${at('/agents', id)}/rotate`);
  }

  async startDoctor(wanted: StartDoctor): Promise<DoctorRun> {
    const { run } = await this.#relay.call<{ run: DoctorRun }>('POST', '/doctor', wanted);
    return run;
  }

  async doctorRun(id: string): Promise<DoctorRun> {
    const { run } = await this.#relay.call<{ run: DoctorRun }>('GET', at('/doctor', id));
    return run;
  }

  status(): Promise<RelayStatus> {
    return this.#relay.call('GET', '/status');
  }
}
