import { DOCTOR_LIMITS } from '../watch-limits.ts';
import { failed, ok, skipped, warning, type CheckBook, type Verdict } from './check.ts';
import { reasonOf, type OutsideView } from './outside-view.ts';

/** Whether relay and agent agree on the time. */
export async function checkClock(book: CheckBook, view: OutsideView): Promise<void> {
  await book.make('clock', 'Asked the agent what time it is.', async () => {
    const asked = Date.now();
    const answer = await view.ask({ kind: 'clock' });
    if (answer.kind !== 'clock') return skipped(reasonOf(answer));
    return judge(answer.at - (asked + Date.now()) / 2);
  });
}

/** @param skew milliseconds that the agent's clock is ahead */
function judge(skew: number): Verdict {
  const seconds = Math.abs(Math.round(skew / 1000));
  if (Math.abs(skew) < DOCTOR_LIMITS.skew) return ok('The clocks agree within seconds.');
  const saw = `The agent's clock is ${seconds} seconds ${skew > 0 ? 'ahead of' : 'behind'} the relay's.`;
  const remedy = 'Switch time synchronisation on (`timedatectl set-ntp true`) where it is off.';
  return Math.abs(skew) < DOCTOR_LIMITS.skewHarmful ? warning(saw, remedy) : failed(saw, remedy);
}
