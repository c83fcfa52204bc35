import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SetUpTimes } from '../../../relay-server/metrics/set-up-times.ts';
import type { RecordedEvent } from '../../../shared/diagnosis/record.ts';
import { CLIENT, metricsBench, transferred } from './bench.ts';

type Step = readonly [at: number, event: RecordedEvent];

const passive = (serverPort: number): RecordedEvent => ({
  type: 'passive-offered',
  verb: 'EPSV',
  port: 50_001,
  serverWay: 'EPSV',
  serverPort,
});
const active: RecordedEvent = {
  type: 'active-offered',
  verb: 'PORT',
  ...CLIENT,
  serverWay: 'EPSV',
  serverPort: 4000,
};
const command = (verb: string): RecordedEvent => ({ type: 'command', verb });
const accepted: RecordedEvent = { type: 'data-accepted', port: 50_001, from: CLIENT };
const dialled: RecordedEvent = { type: 'data-dialled', ...CLIENT, localPort: 20 };
const server = (serverPort: number): RecordedEvent => ({
  type: 'server-data',
  serverWay: 'EPSV',
  serverPort,
});

/** What is measured when these things happen in one visit. */
function measured(...steps: readonly Step[]): [string, number][] {
  const done: [string, number][] = [];
  const times = new SetUpTimes<object>((mode, ms) => done.push([mode, ms]));
  const visit = {};
  for (const [at, event] of steps) times.take(visit, event, at);
  return done;
}

test('a passive set-up lasts from its offer until both halves stand, whichever is first', () => {
  const offer: Step = [100, passive(4000)];
  assert.deepEqual(measured(offer, [130, accepted], [150, server(4000)]), [['passive', 50]]);
  assert.deepEqual(measured(offer, [140, server(4000)], [170, accepted]), [['passive', 70]]);
});

test('an active set-up lasts from the transfer command, not from PORT', () => {
  const steps: Step[] = [
    [100, command('PORT')],
    [101, active],
    [900, command('RETR')],
    [920, server(4000)],
    [960, dialled],
  ];
  assert.deepEqual(measured(...steps), [['active', 60]]);
});

test('a server that was dialled before the offer, to see whether it answers, counts as there', () => {
  const steps: Step[] = [
    [90, server(4000)],
    [100, passive(4000)],
    [130, accepted],
  ];
  assert.deepEqual(measured(...steps), [['passive', 30]]);
  const other: Step[] = [
    [90, server(3999)],
    [100, passive(4000)],
    [130, accepted],
  ];
  assert.deepEqual(measured(...other), []);
});

test('a set-up that is replaced, or whose transfer fails, is not measured', () => {
  const replaced: Step[] = [
    [100, passive(4000)],
    [200, passive(4001)],
    [210, server(4000)],
    [220, server(4001)],
    [230, accepted],
  ];
  assert.deepEqual(measured(...replaced), [['passive', 30]]);
  const failed: Step[] = [
    [100, passive(4000)],
    [120, server(4000)],
    [300, transferred('download', 0, 425)],
    [310, accepted],
  ];
  assert.deepEqual(measured(...failed), []);
});

test('visits are measured apart, and a clock that was set back gives no negative time', () => {
  const done: number[] = [];
  const times = new SetUpTimes<object>((_mode, ms) => done.push(ms));
  const [one, two] = [{}, {}];
  times.take(one, passive(1), 100);
  times.take(two, passive(1), 200);
  times.take(one, accepted, 300);
  times.take(two, server(1), 300);
  assert.deepEqual(done, []);
  times.take(one, server(1), 50);
  assert.deepEqual(done, [0]);
});

test('what was measured is in the histogram by mode, in seconds', async () => {
  const { visit, pass, read } = metricsBench();
  const one = visit('ftp', passive(4000));
  pass(80);
  one.event(accepted);
  one.event(server(4000));
  const { sum } = await read();
  const mode = { mode: 'passive' };
  assert.equal(sum('gangway_data_setup_seconds_count', mode), 1);
  assert.equal(sum('gangway_data_setup_seconds_sum', mode), 0.08);
  assert.equal(sum('gangway_data_setup_seconds_bucket', { ...mode, le: '0.05' }), 0);
  assert.equal(sum('gangway_data_setup_seconds_bucket', { ...mode, le: '0.1' }), 1);
});
