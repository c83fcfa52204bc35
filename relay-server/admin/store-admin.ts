import { GangwayError } from '../../shared/errors.ts';
import { API_LIMITS } from '../limits.ts';
import { formatPinnedCode } from '../../shared/proto/enrolment-code.ts';
import { agentOffline } from '../agents/questions.ts';
import type { DoctorDesk } from '../doctor/desk.ts';
import type { DoctorRun, StartDoctor } from '../views/doctor.ts';
import { canonicalChanges } from '../policy.ts';
import { PortError } from '../store/ports.ts';
import type { Bans } from '../bans.ts';
import type { Store, Tunnel } from '../store/store.ts';
import type { Admin, AgentQuery, TunnelQuery } from './admin.ts';
import type { AccessAdmin } from './access-admin.ts';
import { checkTunnelFields, listenerError, unknownTunnel } from './checks.ts';
import { agentViews, REMEMBERED, tunnelView, tunnelViews } from './facts.ts';
import { creationKey, listPage } from './list-page.ts';
import type { RelayRuntime } from './runtime.ts';
import { OwnBans } from './ban-admin.ts';
import { StoreAccess } from './store-access.ts';
import type { Page } from '../views/common.ts';
import type {
  AgentCode,
  CertificateView,
  ChangeTunnel,
  CreatedTunnel,
  CreateTunnel,
  RelayStatus,
  TunnelAgentView,
  TunnelView,
} from '../views/tunnels.ts';

/** The first port tried for a tunnel created without one: 21 with two digits to spare. */
const FIRST_PORT = 2121;

export interface StoreAdminOptions {
  readonly store: Store;
  readonly version: string;
  /** The relay this runs in; without it changes wait in the store for the next start. */
  readonly runtime?: RelayRuntime | undefined;
  /** URL for agents, as the running relay knows it. */
  readonly relayUrl?: string | undefined;
  /** When the relay started, milliseconds since 1970. */
  readonly startedAt?: number | undefined;
  /** What the running relay shows by TLS. */
  readonly certificates?: RelayCertificates;
  /** The doctor of the running relay. */
  readonly doctor?: Pick<DoctorDesk, 'start' | 'run'> | undefined;
  /** Those of the running relay. */
  readonly bans?: Bans | undefined;
  /** Listening address of tunnels created without one; `::` (all, IPv4 too) unless told otherwise. */
  readonly listenHost?: string | undefined;
}

/** The certificates of a relay as administration sees them. */
export interface RelayCertificates {
  readonly views: CertificateView[];
  /** What an agent has to be told to verify the relay, if it speaks HTTPS and nobody vouches for it. */
  readonly pin: string | undefined;
}

/** Administration on the store itself: inside the running relay, or beside it while it is stopped. */
export class StoreAdmin implements Admin {
  readonly access: AccessAdmin;
  readonly bans: OwnBans;
  readonly #options: StoreAdminOptions;
  readonly #store: Store;
  readonly #runtime: RelayRuntime | undefined;

  constructor(options: StoreAdminOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#runtime = options.runtime;
    this.access = new StoreAccess(options.store);
    this.bans = new OwnBans(options.store, options.bans);
  }

  async createTunnel(asked: CreateTunnel): Promise<CreatedTunnel> {
    const wanted = checked(asked);
    const tunnel = await (wanted.port === undefined
      ? this.#createOnFreePort(wanted)
      : this.#createOn(wanted.port, wanted));
    const { enrolmentCode } = await this.#newCode(tunnel);
    const view = await this.#view(tunnel);
    return { tunnel: view, enrolmentCode, publicAddress: view.publicAddress };
  }

  async listTunnels(): Promise<TunnelView[]> {
    return tunnelViews(this.#store, this.#runtime, await this.#store.tunnels.list());
  }

  async pageOfTunnels({ q = '', ...at }: TunnelQuery): Promise<Page<TunnelView>> {
    const wanted = q.toLowerCase();
    const found = (await this.#store.tunnels.list()).filter((tunnel) => isMeant(tunnel, wanted));
    const { items, nextCursor } = listPage(found, ({ name }) => name, at);
    return { items: await tunnelViews(this.#store, this.#runtime, items), nextCursor };
  }

  async pageOfAgents({ tunnel, ...at }: AgentQuery): Promise<Page<TunnelAgentView>> {
    const tunnels =
      tunnel === undefined ? await this.#store.tunnels.list() : [await this.#tunnel(tunnel)];
    const ids = new Set(tunnels.map(({ id }) => id));
    const agents = (await this.#store.agents.list()).filter(({ tunnelId }) => ids.has(tunnelId));
    const { items, nextCursor } = listPage(agents, creationKey, at);
    return { items: agentViews(this.#runtime, tunnels, items), nextCursor };
  }

  async showTunnel(name: string): Promise<TunnelView> {
    return this.#view(await this.#tunnel(name));
  }

  async updateTunnel(
    name: string,
    asked: ChangeTunnel,
    condition: { revision?: number } = {},
  ): Promise<TunnelView> {
    const changes = checked(asked);
    const before = await this.#tunnel(name);
    const after = await this.#store.tunnels.update(before.id, changes, condition.revision);
    if (after === undefined) throw unknownTunnel(name);
    const problem = await this.#goLive(after);
    if (problem !== undefined && hasMoved(before, after)) {
      await this.#store.tunnels.update(after.id, before);
      await this.#runtime?.reconcile();
      throw problem;
    }
    if (after.name !== before.name) await this.bans.tunnelRenamed(before.name, after.name);
    return this.#view(after);
  }

  async deleteTunnel(name: string): Promise<void> {
    const tunnel = await this.#tunnel(name);
    const agents = await this.#store.agents.list(tunnel.id);
    await this.#store.tunnels.delete(tunnel.id);
    await this.#runtime?.reconcile();
    await this.bans.tunnelRenamed(tunnel.name, null);
    for (const agent of agents) this.#runtime?.dropAgent(agent.id, 'the tunnel was deleted');
  }

  async agentCode(tunnelName: string): Promise<AgentCode> {
    const tunnel = await this.#tunnel(tunnelName);
    return { tunnel: tunnel.name, ...(await this.#newCode(tunnel)) };
  }

  async rotateAgent(id: string): Promise<void> {
    const runtime = this.#runtime;
    if ((await this.#store.agents.get(id)) === undefined) throw unknownAgent(id);
    if (runtime === undefined) throw agentOffline('no relay runs that the agent is connected to');
    if (!runtime.isConnected(id)) throw agentOffline();
    const credential = await this.#store.agents.newCredential(id);
    if (credential === undefined) throw unknownAgent(id);
    try {
      await runtime.giveCredential(id, credential);
    } catch (error) {
      // Otherwise it may have it all the same, and nobody heard.
      if (error instanceof GangwayError && NOT_KEPT.has(error.code)) {
        await this.#store.agents.dropCredential(credential);
      }
      throw error;
    }
    await this.#store.agents.settleCredential(credential);
  }

  async startDoctor(wanted: StartDoctor): Promise<DoctorRun> {
    return this.#doctor.start(wanted);
  }

  async doctorRun(id: string): Promise<DoctorRun> {
    return this.#doctor.run(id);
  }

  get #doctor(): Pick<DoctorDesk, 'start' | 'run'> {
    const { doctor } = this.#options;
    if (doctor !== undefined) return doctor;
    throw new GangwayError('relay-not-running', 'the doctor needs a running relay', {
      remedy: 'Start the relay with `gangway relay`, or name one elsewhere with --relay URL.',
    });
  }

  async revokeAgent(id: string): Promise<void> {
    if ((await this.#store.agents.get(id)) === undefined) throw unknownAgent(id);
    await this.#store.agents.revoke(id);
    this.#runtime?.dropAgent(id, 'the agent was revoked');
  }

  async status(): Promise<RelayStatus> {
    const tunnels = await this.listTunnels();
    const remembered = await this.#store.settings.get(REMEMBERED.relayUrl);
    return {
      version: this.#options.version,
      running: this.#runtime !== undefined,
      startedAt: this.#options.startedAt ?? null,
      relayUrl: this.#options.relayUrl ?? remembered ?? null,
      sessions: tunnels.reduce((sum, tunnel) => sum + (tunnel.live?.sessions ?? 0), 0),
      tunnels,
      certificates: this.#options.certificates?.views ?? [],
    };
  }

  async #newCode(tunnel: Tunnel): Promise<{ enrolmentCode: string; expiresAt: number }> {
    const { code, expiresAt } = await this.#store.codes.create(tunnel.id);
    return { enrolmentCode: formatPinnedCode({ code, pin: await this.#pin() }), expiresAt };
  }

  /** Beside a relay that does not run, the key it had the last time. */
  async #pin(): Promise<string | undefined> {
    const { certificates } = this.#options;
    if (certificates !== undefined) return certificates.pin;
    return (await this.#store.settings.get(REMEMBERED.pin)) || undefined;
  }

  /** Makes the row and opens its port; if the port cannot be opened, the row is taken back. */
  async #createOn(port: number, wanted: CreateTunnel): Promise<Tunnel> {
    const tunnel = await this.#store.tunnels.create({
      name: wanted.name,
      listenHost: wanted.listenHost ?? this.#options.listenHost ?? '::',
      port,
      implicitPort: wanted.implicitPort ?? null,
      shared: wanted.shared ?? false,
      host: wanted.host ?? null,
      serverAddress: wanted.serverAddress ?? null,
      ...(wanted.policy && { policy: wanted.policy }),
    });
    const problem = await this.#goLive(tunnel);
    if (problem === undefined) return tunnel;
    await this.#store.tunnels.delete(tunnel.id);
    await this.#runtime?.reconcile();
    throw problem;
  }

  async #createOnFreePort(wanted: CreateTunnel): Promise<Tunnel> {
    const tunnels = await this.#store.tunnels.list();
    const taken = new Set(tunnels.flatMap((tunnel) => [tunnel.port, tunnel.implicitPort]));
    taken.add(wanted.implicitPort ?? null);
    let tries = 0;
    for (let port = FIRST_PORT; port <= 65_535 && tries < API_LIMITS.portTries; port++) {
      if (taken.has(port)) continue;
      tries++;
      try {
        return await this.#createOn(port, wanted);
      } catch (error) {
        const isThis = error instanceof PortError && error.port === port;
        if (!isThis || !OCCUPIED.has(error.code)) throw error;
      }
    }
    throw new GangwayError('no-free-port', `no port from ${FIRST_PORT} is free`, {
      remedy: 'Name a port with --port.',
    });
  }

  async #goLive(tunnel: Tunnel): Promise<GangwayError | undefined> {
    if (this.#runtime === undefined) return undefined;
    await this.#runtime.reconcile();
    return listenerError(this.#runtime.tunnelState(tunnel.id).listener, tunnel);
  }

  async #tunnel(name: string): Promise<Tunnel> {
    const tunnel = await this.#store.tunnels.byName(name);
    if (tunnel === undefined) throw unknownTunnel(name);
    return tunnel;
  }

  #view(tunnel: Tunnel): Promise<TunnelView> {
    return tunnelView(this.#store, this.#runtime, tunnel);
  }
}

/** Errors after which the agent certainly has no new credential. */
const NOT_KEPT: ReadonlySet<string> = new Set(['agent-outdated', 'credential-not-kept']);

function unknownAgent(id: string): GangwayError {
  return new GangwayError('agent-unknown', `there is no agent ${id.slice(0, 64)}`, {
    remedy: '`gangway tunnel show NAME` lists the agents of a tunnel with their ids.',
  });
}

/** Errors after which the next port is tried. */
const OCCUPIED: ReadonlySet<string> = new Set(['port-taken', 'port-in-use']);

/** Whether a text is part of what a tunnel is known by. */
function isMeant({ name, host, serverAddress, port }: Tunnel, wanted: string): boolean {
  const known = [name, host ?? '', serverAddress?.toLowerCase() ?? '', String(port)];
  return known.some((text) => text.includes(wanted));
}

/** Whether a tunnel listens elsewhere than before. */
function hasMoved(before: Tunnel, after: Tunnel): boolean {
  const { port, implicitPort, listenHost } = before;
  return (
    after.port !== port || after.implicitPort !== implicitPort || after.listenHost !== listenHost
  );
}

/** The same fields in their one spelling. @throws GangwayError for what no tunnel can have. */
function checked<F extends ChangeTunnel>(fields: F): F {
  checkTunnelFields(fields);
  const { host, policy } = fields;
  return {
    ...fields,
    ...(typeof host === 'string' && { host: host.toLowerCase() }),
    ...(policy !== undefined && { policy: canonicalChanges(policy) }),
  };
}
