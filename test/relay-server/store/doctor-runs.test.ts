import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DOCTOR_LIMITS } from '../../../relay-server/watch-limits.ts';
import { freshStore } from '../fixtures.ts';

const CHECK = {
  code: 'clock',
  area: 'outside',
  result: 'ok',
  title: 'Clocks',
  did: 'Asked.',
  saw: 'They agree.',
  remedy: null,
  ms: 3,
} as const;

function runAt(at: number, tunnel = 'ftp') {
  const id = `${tunnel}-${String(at).padStart(4, '0')}`;
  const result = 'ok' as const;
  return { id, tunnel, startedAt: at, finishedAt: at + 1, result, checks: [{ ...CHECK }] };
}

test('a run is kept whole, and found by its id', async (t) => {
  const { store } = await freshStore(t);
  await store.doctor.keep(runAt(1));
  assert.deepEqual(await store.doctor.get('ftp-0001'), runAt(1));
  assert.equal(await store.doctor.get('nobody'), undefined);
});

test('of each tunnel the last runs stay', async (t) => {
  const { store } = await freshStore(t);
  await store.doctor.keep(runAt(0, 'other'));
  for (let at = 0; at < DOCTOR_LIMITS.runsKept + 3; at += 1) await store.doctor.keep(runAt(at));
  const { items } = await store.doctor.list(100, { tunnel: 'ftp' });
  assert.equal(items.length, DOCTOR_LIMITS.runsKept);
  assert.equal(items[0]?.startedAt, DOCTOR_LIMITS.runsKept + 2);
  assert.equal((await store.doctor.list(100, { tunnel: 'other' })).items.length, 1);
});

test('pages go on where the one before ended, also among runs of one moment', async (t) => {
  const { store } = await freshStore(t);
  for (const tunnel of ['a', 'b', 'c']) await store.doctor.keep(runAt(5, tunnel));
  await store.doctor.keep(runAt(9, 'a'));
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.doctor.list(1, { cursor });
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  assert.deepEqual(seen, ['a-0009', 'c-0005', 'b-0005', 'a-0005']);
});
