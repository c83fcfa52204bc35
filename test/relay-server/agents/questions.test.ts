import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Questions } from '../../../relay-server/agents/questions.ts';
import { PROBE_LIMITS } from '../../../shared/limits.ts';
import type { AgentAnswer, RelayQuestion } from '../../../shared/proto/link-messages.ts';

function bench() {
  const told: RelayQuestion[] = [];
  const expiring: (() => void)[] = [];
  const timers = {
    now: () => 0,
    after: (ms: number, expired: () => void) => {
      assert.equal(ms, PROBE_LIMITS.answer);
      expiring.push(expired);
      return () => {};
    },
  };
  const questions = new Questions((question) => told.push(question), timers);
  const ask = (): Promise<AgentAnswer> =>
    questions.ask((id) => ({ t: 'probe', id, probe: { kind: 'clock' } }));
  return { questions, told, expiring, ask };
}

test('each answer finds who asked, in any order; one that nobody asked for finds nobody', async () => {
  const { questions, told, ask } = bench();
  const [first, second] = [ask(), ask()];
  const ids = told.map(({ id }) => id);
  assert.equal(new Set(ids).size, 2);
  questions.answered({ t: 'credential-kept', id: 999 });
  for (const id of ids.toReversed()) {
    questions.answered({ t: 'probed', id, answer: { kind: 'clock', at: id } });
  }
  for (const [index, asked] of [first, second].entries()) {
    const id = ids[index] ?? 0;
    assert.deepEqual(await asked, { t: 'probed', id, answer: { kind: 'clock', at: id } });
  }
});

test('an agent that says nothing is silent after its time', async () => {
  const { expiring, ask } = bench();
  const asked = ask();
  expiring[0]?.();
  await assert.rejects(asked, { code: 'agent-silent' });
});

test('the end of the link ends every question, and those asked after it', async () => {
  const { questions, ask } = bench();
  const asked = ask();
  questions.close('the link to the agent ended');
  await assert.rejects(asked, { code: 'agent-offline', message: /link to the agent ended/ });
  await assert.rejects(ask(), { code: 'agent-offline' });
});

test('no more questions than may be open; an answer makes room', async () => {
  const { questions, told, ask } = bench();
  const open = Array.from({ length: PROBE_LIMITS.questions }, ask);
  await assert.rejects(ask(), { code: 'agent-busy' });
  const id = told[0]?.id ?? 0;
  questions.answered({ t: 'probed', id, answer: { kind: 'clock', at: 0 } });
  await open[0];
  const more = ask();
  questions.close('over');
  await Promise.allSettled([...open, more]);
});
