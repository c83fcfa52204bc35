import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger, prettyLine } from '../../shared/log.ts';
import type { LogFormat, Logger } from '../../shared/log.ts';

function logged(format: LogFormat, use: (log: Logger) => void): string[] {
  const lines: string[] = [];
  use(createLogger({ level: 'info', format, output: { write: (line) => void lines.push(line) } }));
  return lines;
}

test('without a terminal a line is JSON with level, time and the ids of its child logger', () => {
  const [line = ''] = logged('auto', (log) =>
    log.child({ tunnel: 'ftp' }).info({ session: 7 }, 'opened'),
  );
  const { time, ...rest } = JSON.parse(line) as Record<string, unknown>;
  assert.equal(typeof time, 'number');
  assert.deepEqual(rest, { level: 30, tunnel: 'ftp', session: 7, msg: 'opened' });
});

test('lines below the level are not written', () => {
  assert.deepEqual(
    logged('json', (log) => log.debug('quiet')),
    [],
  );
});

test('secret fields are masked at any of the depths used', () => {
  const [line = ''] = logged('json', (log) =>
    log.info({
      password: 'p1',
      agent: { credential: 'p2' },
      a: { b: { token: 'p3' } },
      code: 'ECONNRESET',
    }),
  );
  for (const secret of ['p1', 'p2', 'p3']) assert.equal(line.includes(`"${secret}"`), false);
  assert.match(line, /"code":"ECONNRESET"/);
});

test('our own secrets are masked wherever they stand', () => {
  const secrets = [
    `gwt_${'a'.repeat(40)}`,
    'GW-10ABC-DEFGH-JKMNP',
    `gwa_896931b0-c87c_${'b'.repeat(40)}`,
  ];
  for (const format of ['json', 'pretty'] as const) {
    for (const secret of secrets) {
      const [line = ''] = logged(format, (log) => log.info({ code: secret }, `got ${secret}.`));
      assert.equal(line.includes(secret), false, line);
      assert.match(line, /got \*\*\*\./);
    }
  }
});

test('a pretty line is time, level, message and fields', () => {
  const json = JSON.stringify({ level: 40, time: 0, msg: 'slow', tunnel: 'ftp', n: 1, list: [1] });
  assert.equal(prettyLine(json, false), '00:00:00.000 warn  slow  tunnel=ftp  n=1  list=[1]\n');
  const silent = JSON.stringify({ level: 30, time: 0, event: 'ready' });
  assert.equal(prettyLine(silent, false), '00:00:00.000 info  event=ready\n');
});

test('a stranger cannot move the cursor of a terminal', () => {
  const json = JSON.stringify({ level: 30, time: 0, msg: 'user\u001b[2J', name: 'a\nb\u009b1m' });
  assert.equal(prettyLine(json, false), '00:00:00.000 info  user?[2J  name=a?b?1m\n');
});

test('an error is one line; only one without a code brings its stack', () => {
  const failure = Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' });
  const [known = ''] = logged('pretty', (log) => log.error({ err: failure }, 'dial failed'));
  assert.match(known, /error dial failed {2}err=no route {2}code=EHOSTUNREACH\n$/);
  const [defect = ''] = logged('pretty', (log) => log.error({ err: new Error('oops') }, 'failed'));
  assert.match(defect, /err=oops {2}stack=Error: oops/);
});
