import { createLogger } from '../shared/log.ts';
import { firstSignal, processCounts } from '../shared/process.ts';
import { announce } from './announce.ts';
import type { RelayConfig } from './config.ts';
import { startRelay } from './relay.ts';

/** `gangway relay`: runs until it is told to stop. @throws GangwayError as {@link startRelay}. */
export async function runRelay(config: RelayConfig): Promise<void> {
  const logger = createLogger({ level: config.logLevel, format: config.logFormat });
  const relay = await startRelay(config, logger);
  process.on('SIGUSR2', () => {
    logger.info({ event: 'counts', ...relay.counts, ...processCounts() });
  });
  process.on('SIGHUP', () => void relay.reload());
  // Before anybody hears that it is ready, and signals it.
  const told = firstSignal();
  announce(relay, config, logger);
  const signal = await told;
  logger.info({ event: 'draining', signal, sessions: relay.counts.sessions });
  await relay.stop();
  logger.info({ event: 'stopped' });
}
