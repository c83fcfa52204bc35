import type { Side } from './finding.ts';
import type { RecordedEvent, SessionRecord } from './record.ts';

/** What is known where the story has got to. */
export interface Telling {
  readonly record: SessionRecord;
  /** The passive port that was promised last. */
  port: number | undefined;
  /** A transfer is under way. */
  transferring: boolean;
}

/** One step without its time. */
export interface Step {
  readonly side: Side;
  readonly text: string;
  readonly fault: boolean;
}

export function step(side: Side, text: string, isFault: boolean): Step {
  return { side, text, fault: isFault };
}

export function told(side: Side, text: string): Step {
  return step(side, text, false);
}

export function fault(side: Side, text: string): Step {
  return step(side, text, true);
}

/** Words for some kinds of events. */
export type StepsOf<T extends RecordedEvent['type']> = {
  readonly [K in T]: (
    event: Extract<RecordedEvent, { type: K }>,
    telling: Telling,
  ) => Step | undefined;
};
