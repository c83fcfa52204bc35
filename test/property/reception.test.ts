import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Reception, type ReceptionStep } from '../../shared/gateway/reception.ts';
import { RECEPTION_LIMITS } from '../../shared/limits.ts';

const WORDS = ['USER', 'PASS', 'HOST', 'AUTH', 'FEAT', 'QUIT', 'REIN', 'PBSZ', 'NOOP', 'ABOR'];
const ARGUMENTS = ['', ' joe@shop', ' TLS', ' a.org', ' 0', ' \xff\xf4\xff\xf2', ' \0', ' é'];
const ENDS = ['\r\n', '\n', '\r', ''];
const line = fc
  .tuple(fc.constantFrom(...WORDS), fc.constantFrom(...ARGUMENTS), fc.constantFrom(...ENDS))
  .map((parts) => parts.join(''));
const bytes = fc
  .array(fc.oneof(line, fc.string({ maxLength: 8 })), { maxLength: 30 })
  .map((parts) => Buffer.from(parts.join(''), 'latin1'));

/** Steps and what is left after bytes that come in these pieces; TLS and logins come to nothing at once. */
function run(input: Buffer, cuts: readonly number[]): { steps: ReceptionStep[]; rest: string } {
  const tls = { login: 'optional', data: 'optional' } as const;
  const reception = new Reception({ relayName: 'r.org', implicit: false, tls: () => tls });
  const at = [0, ...cuts.map((cut) => cut % (input.length + 1)).sort((a, b) => a - b)];
  const steps = at.flatMap((from, piece) =>
    reception.push(input.subarray(from, at[piece + 1] ?? input.length)),
  );
  while (steps.at(-1)?.do === 'login') steps.push(...reception.refused());
  return { steps, rest: reception.takeRest().toString('latin1') };
}

test('however the bytes of a client are cut, a shared port says the same and ends in bounds', () => {
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(), { maxLength: 5 }), (input, cuts) => {
      // Whether anything came in clear behind AUTH depends on when it came, by its nature.
      fc.pre(!input.includes('AUTH TLS'));
      const whole = run(input, []);
      assert.deepEqual(run(input, cuts), whole);
      const { commands, logins } = RECEPTION_LIMITS;
      assert.ok(whole.steps.length <= commands + logins + 2);
    }),
    { numRuns: 500 },
  );
});
