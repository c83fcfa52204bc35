import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { startAgent, startRelay } from '../support/gangway.ts';
import type { GangwayProcess, Relay } from '../support/gangway.ts';
import type { RealServer, ServerName } from '../support/servers/index.ts';
import type { Ground } from './ground.ts';
import { MIDDLE, RELAY } from './laboratory.ts';

/** Where agents and the API come to. */
export const HTTP_PORT = 8080;
/** Public port of the tunnel to each server. */
const TUNNEL_PORTS: Partial<Record<ServerName, number>> = { vsftpd: 21, proftpd: 2121 };
const PASSIVE_PORTS = '50000-50127';

/** The port clients connect to for a server. */
export function tunnelPort(server: ServerName): number {
  const port = TUNNEL_PORTS[server];
  if (port === undefined) throw new Error(`there is no tunnel to ${server}`);
  return port;
}

/** A relay and an agent for each server, which can be killed, frozen and started again. */
export class GangwayUnderFire {
  readonly #ground: Ground;
  readonly #folder: string;
  readonly #url: string;
  #relay: Relay | undefined;
  #agents: readonly GangwayProcess[] = [];

  private constructor(ground: Ground, folder: string, url: string) {
    this.#ground = ground;
    this.#folder = folder;
    this.#url = url;
  }

  /** @param through `middle` for a proxy between agents and relay, which must be there already */
  static async start(ground: Ground, through: 'nothing' | 'middle'): Promise<GangwayUnderFire> {
    const folder = await mkdtemp(join(ground.folder, 'gangway-'));
    await mkdir(join(folder, 'relay'));
    const host = through === 'middle' ? MIDDLE : RELAY;
    const gangway = new GangwayUnderFire(ground, folder, `https://${host}:${HTTP_PORT}`);
    try {
      await gangway.startRelay();
      await gangway.#createTunnels();
    } catch (error) {
      await gangway.stop();
      throw error;
    }
    return gangway;
  }

  get relay(): Relay {
    if (this.#relay === undefined) throw new Error('there is no relay');
    return this.#relay;
  }

  get agents(): readonly GangwayProcess[] {
    return this.#agents;
  }

  /** Starts a relay in place of the one that was killed, with what that one knew. */
  async startRelay(): Promise<void> {
    const { lab, certificate } = this.#ground;
    this.#relay = await startRelay({
      within: lab.within('relay'),
      dir: join(this.#folder, 'relay'),
      flags: [
        `--http=0.0.0.0:${HTTP_PORT}`,
        '--listen-host=0.0.0.0',
        `--public-host=${RELAY}`,
        `--passive-ports=${PASSIVE_PORTS}`,
        `--tls-cert=${certificate.certFile}`,
        `--tls-key=${certificate.keyFile}`,
        // As by default: longer than any fault, so that links outlive them.
        '--link-grace=60s',
      ],
    });
  }

  /** Starts agents in place of those that were killed, with their credentials. */
  async startAgents(): Promise<void> {
    this.#agents = await Promise.all(this.#ground.servers.map((server) => this.#agent(server)));
  }

  async killRelay(): Promise<void> {
    await this.relay.kill();
  }

  async killAgents(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.kill()));
  }

  /** SIGSTOP, or SIGCONT. */
  signalAgents(signal: 'SIGSTOP' | 'SIGCONT'): void {
    for (const { pid } of this.#agents) process.kill(pid, signal);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.stop()));
    await this.#relay?.stop();
  }

  async #createTunnels(): Promise<void> {
    const agents: GangwayProcess[] = [];
    for (const server of this.#ground.servers) {
      const { name } = server;
      const options = { server: `${server.host}:${server.port}`, port: tunnelPort(name) };
      const { enrolmentCode } = await this.relay.createTunnel(name, options);
      agents.push(await this.#agent(server, enrolmentCode));
      this.#agents = [...agents];
    }
  }

  #agent({ name, host, port }: RealServer, code?: string): Promise<GangwayProcess> {
    return startAgent({
      within: this.#ground.lab.within('site'),
      relay: this.#url,
      server: `${host}:${port}`,
      stateDir: join(this.#folder, `agent-${name}`),
      flags: [`--ca=${this.#ground.caFile}`],
      ...(code !== undefined && { code }),
    });
  }
}
