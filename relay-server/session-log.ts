import type { SessionEvent } from '../shared/gateway/events.ts';
import type { Logger } from '../shared/log.ts';

/** Events that only somebody who looks for a fault wants to read. */
const DETAILS: ReadonlySet<SessionEvent['type']> = new Set([
  'command',
  'answered',
  'passive-offered',
  'active-offered',
  'server-data',
]);

/** Writes what happens in a session to its log. */
export function logSessionEvent(logger: Logger, event: SessionEvent): void {
  const { type, ...facts } = event;
  const level = DETAILS.has(type) ? 'debug' : 'info';
  logger[level]({ event: `session-${type}`, ...facts });
}
