import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { DoctorDesk } from '../../../relay-server/doctor/desk.ts';
import type { Patient } from '../../../relay-server/doctor/ground.ts';
import { doctorRoutes } from '../../../relay-server/http/routes/doctor.ts';
import { buildHttp } from '../../../relay-server/http/server.ts';
import { StoreAdmin } from '../../../relay-server/admin/store-admin.ts';
import { PassivePorts } from '../../../relay-server/gateway/passive-ports.ts';
import { PublicHost } from '../../../relay-server/gateway/public-host.ts';
import type { DoctorRun } from '../../../relay-server/views/doctor.ts';
import type { Page } from '../../../relay-server/views/common.ts';
import { FakeRuntime, freshStore, TUNNEL } from '../fixtures.ts';
import { reservePortBlock } from '../../support/ports.ts';

const LOCAL = 'local-token';
const logger = pino({ level: 'silent' });

interface Bench {
  readonly desk: DoctorDesk;
  readonly call: (
    method: 'GET' | 'POST',
    url: string,
    body?: object,
  ) => Promise<{ status: number; json: unknown }>;
}

/** A relay whose tunnels have no agent: a run is one check, and over at once. */
async function bench(t: TestContext): Promise<Bench> {
  const { store } = await freshStore(t);
  const block = await reservePortBlock(1);
  t.after(() => block.release());
  const at = { host: '127.0.0.1', from: block.first, to: block.last };
  const passivePorts = await PassivePorts.open({ ...at, isBalancer: () => false, logger });
  t.after(() => passivePorts.close());
  const tunnels = new Map([
    ['ftp', await store.tunnels.create(TUNNEL)],
    ['shop', await store.tunnels.create({ ...TUNNEL, name: 'shop', port: 2122 })],
  ]);
  const patient = (name: string): Patient | undefined => {
    const tunnel = tunnels.get(name);
    if (tunnel === undefined) return undefined;
    const whyOffline = 'the agent has been away';
    return { tunnel, listener: { state: 'listening' }, agent: undefined, whyOffline };
  };
  const publicHost = await PublicHost.find('127.0.0.1');
  const relay = { publicHost, publicIpv6: undefined, passivePorts, patient };
  const ground = { ...relay, watchArrivals: () => () => {} };
  const desk = new DoctorDesk({ ground, store: store.doctor, logger });
  const runtime = new FakeRuntime(store);
  const admin = new StoreAdmin({ store, version: '1', runtime, doctor: desk });
  const app = await buildHttp({
    admin,
    store,
    routes: [doctorRoutes({ doctor: desk })],
    enrol: () => Promise.reject(new Error('nobody enrols')),
    version: '1',
    localToken: LOCAL,
    logger,
  });
  t.after(() => app.close());
  const call: Bench['call'] = async (method, path, body) => {
    const response = await app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { authorization: `Bearer ${LOCAL}` },
      ...(body !== undefined && { payload: body }),
    });
    return { status: response.statusCode, json: response.json() as unknown };
  };
  return { desk, call };
}

const codeOf = (json: unknown): string => (json as { error: { code: string } }).error.code;
const runOf = (json: unknown): DoctorRun => (json as { run: DoctorRun }).run;

test('a run begins with 202, is one a tunnel at a time, and is shown when it is over', async (t) => {
  const { call, desk } = await bench(t);
  const [first, other] = [desk.start({ tunnel: 'shop' }), desk.start({ tunnel: 'ftp' })];
  await assert.rejects(desk.start({ tunnel: 'shop' }), { code: 'doctor-running' });
  await Promise.all([first, other]);
  await desk.close();
  const answer = await call('POST', '/doctor', { tunnel: 'ftp' });
  assert.equal(answer.status, 202);
  const begun = runOf(answer.json);
  assert.deepEqual([begun.result, begun.finishedAt, begun.checks], ['running', null, []]);
  await desk.close();
  const { status, json } = await call('GET', `/doctor/${begun.id}`);
  const done = runOf(json);
  assert.deepEqual([status, done.result], [200, 'failed']);
  assert.equal(done.checks[0]?.code, 'server-answers');
  assert.ok(done.finishedAt !== null && done.finishedAt >= done.startedAt);
  assert.equal((await call('POST', '/doctor', { tunnel: 'ftp' })).status, 202, 'and then another');
  await desk.close();
});

test('runs are a page, newest first, of one tunnel if it is named; those under way are among them', async (t) => {
  const { call, desk } = await bench(t);
  for (const tunnel of ['ftp', 'shop', 'ftp']) {
    await call('POST', '/doctor', { tunnel });
    await desk.close();
  }
  const page = async (query: string): Promise<Page<DoctorRun>> =>
    (await call('GET', `/doctor${query}`)).json as Page<DoctorRun>;
  assert.equal((await page('')).items.length, 3);
  const own = await page('?tunnel=ftp&limit=1');
  assert.equal(own.items.length, 1);
  const rest = await page(`?tunnel=ftp&limit=1&cursor=${own.nextCursor}`);
  assert.equal(rest.items.length, 1);
  assert.notEqual(rest.items[0]?.id, own.items[0]?.id);
  assert.equal(rest.nextCursor, null);
  await call('POST', '/doctor', { tunnel: 'shop' });
  assert.equal((await page('?tunnel=shop')).items.length, 2);
  await desk.close();
});

test('what is wrong with a request is said with a stable code', async (t) => {
  const { call } = await bench(t);
  const wrong: readonly [number, string, object][] = [
    [404, 'tunnel-unknown', { tunnel: 'nobody' }],
    [400, 'request-invalid', {}],
    [400, 'request-invalid', { tunnel: 'ftp', account: { user: 'u' } }],
    [400, 'request-invalid', { tunnel: 'ftp', account: { user: '', password: 'p' } }],
    [400, 'request-invalid', { tunnel: 'ftp', other: 1 }],
  ];
  for (const [status, code, body] of wrong) {
    const answer = await call('POST', '/doctor', body);
    assert.deepEqual([answer.status, codeOf(answer.json)], [status, code], JSON.stringify(body));
  }
  const unknown = await call('GET', '/doctor/nobody');
  assert.deepEqual([unknown.status, codeOf(unknown.json)], [404, 'doctor-run-unknown']);
});

test('an agent that is not connected, and one that is not there, get no credential', async (t) => {
  const { call } = await bench(t);
  const { status, json } = await call('POST', '/agents/nobody/rotate');
  assert.deepEqual([status, codeOf(json)], [404, 'agent-unknown']);
});
