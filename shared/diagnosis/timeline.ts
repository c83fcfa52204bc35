import { DIAGNOSIS_LIMITS } from '../limits.ts';
import type { Side } from './finding.ts';
import { readExchanges } from './reading/exchanges.ts';
import type { SessionRecord } from './record.ts';
import { stepOf } from './timeline-steps.ts';
import type { Telling } from './timeline-step.ts';

/** One step of a visit in words. The text goes on where the name of its side stands: "client: connected". */
export interface TimelineStep {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly side: Side;
  readonly text: string;
  /** Something that went wrong. */
  readonly fault: boolean;
}

/**
 * The story of a visit on both sides, in order: each command in one line with its answer, what is repeated
 * once. Secrets are never in it.
 */
export function timeline(record: SessionRecord): TimelineStep[] {
  const exchanges = readExchanges(record);
  const telling: Telling = { record, port: undefined, transferring: false };
  const steps: (TimelineStep & { times: number })[] = [];
  let commands = 0;
  for (const { at, event } of record.events) {
    const exchange = event.type === 'command' ? exchanges[commands++] : undefined;
    if (event.type === 'passive-offered') telling.port = event.port;
    if (event.type === 'transfer-started') telling.transferring = true;
    if (event.type === 'transfer-ended') telling.transferring = false;
    const step = stepOf(event, exchange, telling);
    if (step === undefined) continue;
    const last = steps.at(-1);
    if (last !== undefined && last.text === step.text && last.side === step.side) last.times += 1;
    else steps.push({ at, ...step, times: 1 });
  }
  return steps.slice(0, DIAGNOSIS_LIMITS.timelineEntries).map(({ times, ...step }) => {
    return times === 1 ? step : { ...step, text: `${step.text} (${times} times)` };
  });
}
