import type { ConfigOf } from '../shared/config.ts';
import { ConfigError } from '../shared/config.ts';
import { createLogger } from '../shared/log.ts';
import { readAuthority } from '../shared/net/trusted-roots.ts';
import { firstSignal, processCounts } from '../shared/process.ts';
import { startAgent } from './agent.ts';
import type { AGENT_SETTINGS } from './config.ts';

/** What `gangway agent` runs with. */
export type AgentSettings = ConfigOf<typeof AGENT_SETTINGS>;

/** `gangway agent`: runs until it is told to stop. @throws GangwayError when it cannot or may not. */
export async function runAgent(settings: AgentSettings): Promise<void> {
  const { relay, code, server, stateDir, lanDirect, dataHosts, proxy } = settings;
  if (relay === undefined) throw missingRelay();
  const logger = createLogger({ level: settings.logLevel, format: settings.logFormat });
  const stopping = new AbortController();
  const ca = readAuthority(settings.ca, '--ca');
  const route = { url: relay, ca, pin: undefined, proxy };
  const config = { route, code, server, stateDir, lanDirect, dataHosts };
  const agent = await startAgent(config, logger, stopping.signal);
  process.on('SIGUSR2', () => {
    logger.info({ event: 'counts', sessions: 0, streams: agent.streams, ...processCounts() });
  });
  void firstSignal().then((signal) => {
    logger.info({ event: 'stopping', signal });
    stopping.abort();
  });
  await agent.finished;
}

function missingRelay(): ConfigError {
  const remedy = 'Give it as --relay URL, GANGWAY_RELAY or in the file; the relay prints it.';
  return new ConfigError([
    { source: '--relay', value: undefined, problem: 'is missing: the URL of the relay', remedy },
  ]);
}
