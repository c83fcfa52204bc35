import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalCode } from '../../../relay-server/store/secrets.ts';
import { CROCKFORD, toCrockford } from '../../../shared/crockford.ts';
import {
  formatPinnedCode,
  parsePinnedCode,
  PIN_LETTERS,
} from '../../../shared/proto/enrolment-code.ts';

const CODE = 'GW-S9F48-KJN15-M69Y7';
const PIN = 'KSCRENCZP063CESTTETXNTTC37';

test('a code with a pin is read as it was written, and so is one without', () => {
  for (const pinned of [
    { code: CODE, pin: PIN },
    { code: CODE, pin: undefined },
  ]) {
    assert.deepEqual(parsePinnedCode(formatPinnedCode(pinned)), pinned);
  }
});

test('a pin is read in spite of small letters, dashes, spaces, and O, I, L for 0, 1, 1', () => {
  const typed = ` ${CODE}.kscrenczpo63-cesttetxnttc37 `;
  assert.deepEqual(parsePinnedCode(typed), { code: CODE, pin: PIN });
  assert.equal(parsePinnedCode(`${CODE}.${'I'.repeat(PIN_LETTERS)}`)?.pin, '1'.repeat(PIN_LETTERS));
});

test('what is cut off or mistyped behind the dot is not taken for a code without a pin', () => {
  for (const rest of ['', PIN.slice(1), `${PIN}0`, `${PIN.slice(1)}U`, `${PIN}.`]) {
    assert.equal(parsePinnedCode(`${CODE}.${rest}`), undefined, rest);
  }
});

test('a relay reads the code of an agent that knows nothing of pins', () => {
  assert.equal(canonicalCode(`${CODE}.${PIN}`), CODE);
  assert.equal(canonicalCode(`${CODE.slice(1)}.${PIN}`), undefined);
});

test('letters hold the bits from the most significant one on', () => {
  const value = BigInt('0x0123456789abcdef8899aabbccddeeff10');
  const bytes = Buffer.from(value.toString(16).padStart(34, '0'), 'hex');
  const letters = toCrockford(bytes, PIN_LETTERS);
  const read = Array.from(letters).reduce(
    (sum, one) => sum * 32n + BigInt(CROCKFORD.indexOf(one)),
    0n,
  );
  assert.equal(read, value >> 6n);
});
