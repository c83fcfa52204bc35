import type { RealServer } from '../../support/servers/index.ts';
import { serverWords } from '../server-word.ts';
import { judge } from '../verdict.ts';
import type { Diary } from './sessions.ts';

/** How many transfers came out how. */
export interface Tally {
  whole: number;
  loud: number;
  /** A sentence each. */
  readonly bad: string[];
}

/** Judges every transfer, once servers have said what they say. */
export async function tallyOf(
  servers: readonly RealServer[],
  { entries }: Pick<Diary, 'entries'>,
): Promise<Tally> {
  const tally: Tally = { whole: 0, loud: 0, bad: [] };
  for (const server of servers) {
    const words = await serverWords(server);
    for (const entry of entries.filter((each) => each.server === server)) {
      const { verb, name, status, bytes, about } = entry;
      const { word } = words(verb, name);
      const arrived = await entry.arrived();
      const verdict = judge({ verb, status, word, arrived, bytes });
      if (verdict.kind === 'BAD') {
        const there = `${arrived?.bytes ?? 'nothing'} of ${bytes} bytes`;
        tally.bad.push(`BAD: ${name} ${verdict.why}: ${about}; server: ${word}, ${there}`);
      } else tally[verdict.kind === 'whole' ? 'whole' : 'loud'] += 1;
    }
  }
  return tally;
}
