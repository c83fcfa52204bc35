import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatHostPort, type HostPort } from '../../shared/config/values.ts';
import { runGangway, startAgent, type GangwayProcess, type Relay } from './gangway.ts';

export interface SiteOptions {
  /** Its tunnel's. */
  readonly name: string;
  /** A reserved one by default. */
  readonly port?: number;
  /** Where the agent finds the relay, if a line leads there. */
  readonly relayUrl?: string;
  readonly agentFlags?: readonly string[];
}

/** A tunnel, and its agent, which ends and begins again. */
export class Site {
  readonly host: string;
  readonly port: number;
  readonly #name: string;
  readonly #begin: () => Promise<GangwayProcess>;
  readonly #stateDir: string;
  #agent: GangwayProcess | undefined;

  private constructor(
    { host, port, name }: HostPort & { name: string },
    stateDir: string,
    begin: () => Promise<GangwayProcess>,
  ) {
    this.host = host;
    this.port = port;
    this.#name = name;
    this.#stateDir = stateDir;
    this.#begin = begin;
  }

  /** Makes the tunnel of an FTP server and starts its agent. @throws Error with a program's log */
  static async open(relay: Relay, to: HostPort, options: SiteOptions): Promise<Site> {
    const server = formatHostPort(to);
    const { name, port, relayUrl = relay.url, agentFlags = [] } = options;
    const tunnel = await relay.createTunnel(name, { server, ...(port !== undefined && { port }) });
    const stateDir = await mkdtemp(join(tmpdir(), 'gangway-agent-'));
    const flags = ['--log-level=debug', ...agentFlags];
    const start = { relay: relayUrl, code: tunnel.enrolmentCode, server, stateDir, flags };
    const site = new Site(tunnel, stateDir, () => startAgent(start));
    await site.begin();
    return site;
  }

  get agent(): GangwayProcess {
    if (this.#agent === undefined) throw new Error('its agent was not started');
    return this.#agent;
  }

  /** Starts the agent, again if it has ended. */
  async begin(): Promise<void> {
    this.#agent = await this.#begin();
  }

  /** Resolves when the agent is with the relay again, since so many of its events. */
  async back(from: number): Promise<void> {
    await this.agent.waitFor('tunnel-up', { from, timeoutMs: 30_000 });
  }

  /** Revokes the agent's credential. */
  async revoke({ dataDir }: Relay): Promise<void> {
    const shown = await run(['tunnel', 'show', this.#name, '--json', '--data-dir', dataDir]);
    const { tunnel } = JSON.parse(shown) as { tunnel: { agents: { id: string }[] } };
    for (const { id } of tunnel.agents) await run(['agent-revoke', id, '--data-dir', dataDir]);
  }

  /** Changes the tunnel. */
  async update({ dataDir }: Relay, ...flags: string[]): Promise<void> {
    await run(['tunnel', 'update', this.#name, ...flags, '--data-dir', dataDir]);
  }

  /** Deletes the tunnel. */
  async delete({ dataDir }: Relay): Promise<void> {
    await run(['tunnel', 'delete', this.#name, '--data-dir', dataDir]);
  }

  async close(): Promise<void> {
    await this.#agent?.kill();
    await rm(this.#stateDir, { recursive: true, force: true });
  }
}

async function run(args: readonly string[]): Promise<string> {
  const { status, stdout, output } = await runGangway(args);
  if (status !== 0) throw new Error(`${args.join(' ')}: ${output}`);
  return stdout;
}
