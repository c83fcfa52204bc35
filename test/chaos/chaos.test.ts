/**
 * The shortest faults of the long run (`npm run chaos`), each during sixteen transfers: both verbs, with and
 * without TLS, by two clients, to two servers.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { carriersKilled, faultNamed, loss } from './faults.ts';
import { layGround, type Ground } from './ground.ts';
import { missingParts } from './missing-parts.ts';
import { runScenario, type ScenarioResult } from './scenario.ts';
import { EIGHT } from './sets.ts';
import { chaosTable, complaints } from './table.ts';

const missing = await missingParts();
const skip = missing.length === 0 ? false : missing.join(' ');
const BYTES = 32 * 1024 * 1024;

describe('sixteen transfers, and no file that looks complete and is not', { skip }, () => {
  let ground: Ground;
  const results: ScenarioResult[] = [];
  before(async () => {
    ground = await layGround();
  });
  after(async () => {
    await ground?.close();
    console.log(`\n${chaosTable(results)}`);
  });

  for (const fault of [
    loss(3, 'both'),
    faultNamed('every carrier reset'),
    faultNamed("the router's public address changed"),
    carriersKilled(4),
    faultNamed('agents killed and started'),
    faultNamed('relay killed and started'),
  ]) {
    it(`${fault.name}: ${fault.expects === 'whole' ? 'all arrive' : 'those that break say so'}`, async () => {
      const wishes = EIGHT.wishes(ground.servers);
      const result = await runScenario(ground, { fault, set: EIGHT.name, wishes, bytes: BYTES });
      results.push(result);
      assert.deepEqual(complaints(result), []);
    });
  }
});
