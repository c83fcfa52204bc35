/**
 * `npm run chaos`: every fault during transfers through relay and agents in networks of their own, with
 * real clients and servers. Prints a table, and ends with 1 if a transfer looks complete to anybody that is
 * not. Needs root on Debian; takes an hour.
 *
 *     npm run chaos -- [--fault TEXT] [--set TEXT] [--list]
 *
 * `--fault` and `--set` choose those whose name contains the text.
 */
import { parseArgs } from 'node:util';
import { FAULTS } from './faults.ts';
import { layGround } from './ground.ts';
import { missingParts } from './missing-parts.ts';
import { runScenario, type Scenario, type ScenarioResult } from './scenario.ts';
import { SETS } from './sets.ts';
import { chaosTable, complaints } from './table.ts';

const { values } = parseArgs({
  options: {
    fault: { type: 'string', default: '' },
    set: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
  },
});
const faults = FAULTS.filter(({ name }) => name.includes(values.fault));
const sets = SETS.filter(({ name }) => name.includes(values.set));

if (values.list) {
  for (const { name } of [...faults, ...sets]) console.log(name);
} else {
  const missing = await missingParts();
  if (missing.length > 0) {
    console.error(missing.join(' '));
    process.exitCode = 1;
  } else {
    process.exitCode = (await runAll()) ? 0 : 1;
  }
}

/** Whether nobody has anything to complain of. */
async function runAll(): Promise<boolean> {
  const ground = await layGround();
  const results: ScenarioResult[] = [];
  const failures: string[] = [];
  const interrupted = (): void => void ground.close().finally(() => process.exit(130));
  process.once('SIGINT', interrupted);
  try {
    for (const fault of faults) {
      for (const set of sets) {
        const scenario = {
          fault,
          set: set.name,
          wishes: set.wishes(ground.servers),
          bytes: set.bytes,
        };
        failures.push(...(await attempt(scenario)));
      }
    }
  } finally {
    process.off('SIGINT', interrupted);
    await ground.close();
  }
  console.log(`\n${chaosTable(results)}\n`);
  for (const failure of failures) console.log(failure);
  return failures.length === 0;

  async function attempt(scenario: Scenario): Promise<string[]> {
    const started = performance.now();
    const progress = (text: string): void => {
      const seconds = Math.round((performance.now() - started) / 1_000);
      console.error(`${scenario.fault.name}, ${scenario.set}: ${text}, ${seconds} s`);
    };
    try {
      const result = await runScenario(ground, scenario);
      results.push(result);
      const wrong = complaints(result);
      progress(wrong.length === 0 ? 'done' : wrong.join('\n'));
      return wrong;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      progress(`could not be run: ${why}`);
      return [`${scenario.fault.name}, ${scenario.set}: could not be run: ${why}`];
    }
  }
}
