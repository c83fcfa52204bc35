import type { ConfigOf, ConfigProblem } from '../shared/config.ts';
import { ConfigError } from '../shared/config.ts';
import { createLogger } from '../shared/log.ts';
import { readAuthority } from '../shared/net/trusted-roots.ts';
import { firstSignal, processCounts } from '../shared/process.ts';
import { startAgent, type AgentConfig } from './agent.ts';
import type { AGENT_SETTINGS } from './config.ts';
import { serverTlsPlan } from './server-tls/plan.ts';

/** What `gangway agent` runs with. */
export type AgentSettings = ConfigOf<typeof AGENT_SETTINGS>;

/** `gangway agent`: runs until it is told to stop. @throws GangwayError when it cannot or may not. */
export async function runAgent(settings: AgentSettings): Promise<void> {
  const config = agentConfig(settings);
  const logger = createLogger({ level: settings.logLevel, format: settings.logFormat });
  const stopping = new AbortController();
  const agent = await startAgent(config, logger, stopping.signal);
  process.on('SIGUSR2', () => {
    logger.info({ event: 'counts', sessions: 0, ...agent.counts, ...processCounts() });
  });
  void firstSignal().then((signal) => {
    logger.info({ event: 'stopping', signal });
    stopping.abort();
  });
  await agent.finished;
}

/** What holds only together, and what stands in files. @throws ConfigError with every problem */
function agentConfig(settings: AgentSettings): AgentConfig {
  const { relay, code, server, stateDir, lanDirect, privateRelay, dataHosts, proxy } = settings;
  const { carriers, streamWindow } = settings;
  const problems: ConfigProblem[] = [];
  if (relay === undefined) problems.push(MISSING_RELAY);
  const ca = authority(settings.ca, problems);
  const serverTls = serverTlsPlan(settings, server.host, problems);
  if (relay === undefined || problems.length > 0) throw new ConfigError(problems);
  const route = { url: relay, ca, pin: undefined, proxy };
  const link = { carriers, streamWindow };
  return { route, code, server, serverTls, stateDir, lanDirect, privateRelay, dataHosts, ...link };
}

function authority(path: string | undefined, problems: ConfigProblem[]): string | undefined {
  try {
    return readAuthority(path, '--ca');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

const MISSING_RELAY: ConfigProblem = {
  source: '--relay',
  value: undefined,
  problem: 'is missing: the URL of the relay',
  remedy: 'Give it as --relay URL, GANGWAY_RELAY or in the file; the relay prints it.',
};
