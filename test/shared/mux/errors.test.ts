import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  LocalFault,
  MuxError,
  PROTOCOL_FAULTS,
  ProtocolFault,
} from '../../../shared/mux/errors.ts';
import { FRAME, RESET_CODE } from '../../../shared/mux/frame.ts';

const SPEC = readFileSync(new URL('../../../shared/mux/PROTOCOL.md', import.meta.url), 'utf8');

test('go-away codes are distinct, in the multiplexer’s range, and in PROTOCOL.md', () => {
  const codes = Object.values(PROTOCOL_FAULTS).map((row) => row.goAway);
  assert.equal(new Set(codes).size, codes.length);
  for (const [name, row] of Object.entries(PROTOCOL_FAULTS)) {
    assert.ok(row.goAway > 65_535);
    assert.ok(SPEC.includes(`| ${row.goAway} | \`${name}\` |`), name);
  }
});

test('PROTOCOL.md lists every frame type and reset code, in at most 200 lines', () => {
  for (const [name, type] of Object.entries(FRAME)) {
    assert.ok(SPEC.includes(`| ${type} | ${name.toUpperCase()} |`), name);
  }
  for (const code of Object.values(RESET_CODE))
    assert.ok(SPEC.includes(`| ${code} |`), String(code));
  assert.ok(SPEC.split('\n').length <= 201);
});

test('the peer’s faults and our own are different types', () => {
  const theirs = new ProtocolFault('data-gap', 'offset 5');
  const ours = new LocalFault('bad-code', '-1');
  assert.ok(theirs instanceof MuxError && ours instanceof MuxError);
  assert.ok(!(theirs instanceof LocalFault) && !(ours instanceof ProtocolFault));
  assert.equal(theirs.goAway, 65_544);
  assert.match(theirs.message, /offset 5$/);
});
