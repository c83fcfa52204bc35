import type { Cause } from '../cause.ts';
import type { Reading } from '../reading/reading.ts';
import { shown } from '../words.ts';

/** The session ended by one of these words; the reason is a fact. */
export function endedBy(
  reading: Reading,
  ...codes: readonly string[]
): ReturnType<Cause['detect']> {
  const closed = reading.closedBy(...codes);
  return closed && { at: closed.at, facts: { reason: shown(closed.reason) } };
}
