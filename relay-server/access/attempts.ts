import { GangwayError } from '../../shared/errors.ts';
import type { FixedWindow } from '../http/fixed-window.ts';

/** A kind of thing that is guessed: counted by its key, in windows. */
export interface Counted {
  readonly window: FixedWindow;
  readonly key: string;
}

/** Refused for now; `retryAfter` is in seconds. */
export class TooManyAttempts extends GangwayError {
  readonly retryAfter: number;

  constructor(wait: number) {
    const retryAfter = Math.ceil(wait / 1000);
    super('too-many-attempts', 'too many failed attempts', {
      remedy: `Try again in ${retryAfter} s.`,
    });
    this.retryAfter = retryAfter;
  }
}

/**
 * Makes an attempt that counts against all the keys until it has succeeded: before the answer is known
 * and not after, so that attempts sent at once count too.
 * @param attempt true if it succeeded. One that throws is no guess, and not counted.
 * @throws TooManyAttempts; what the attempt throws.
 */
export async function counting(
  against: readonly Counted[],
  attempt: () => Promise<boolean>,
): Promise<boolean> {
  const wait = Math.max(...against.map(({ window, key }) => window.wait(key)));
  if (wait > 0) throw new TooManyAttempts(wait);
  for (const { window, key } of against) window.add(key);
  let failed = false;
  try {
    failed = !(await attempt());
    return !failed;
  } finally {
    if (!failed) for (const { window, key } of against) window.remove(key);
  }
}
