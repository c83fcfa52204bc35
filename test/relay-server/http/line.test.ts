import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { lineRoutes } from '../../../relay-server/http/routes/line.ts';
import type { LinePattern } from '../../../shared/diagnosis/line-pattern.ts';
import { TUNNEL } from '../fixtures.ts';
import { lineLoss } from '../history/fixtures.ts';
import { api, type Api } from './api-fixture.ts';

const OLDEST = lineLoss('l1', { at: 1_000 });
const MIDDLE = lineLoss('l2', { at: 2_000, resumed: false });
const NEWEST = lineLoss('l3', { at: 3_000 });

/** Three losses of one tunnel and one of another, that show this. */
async function withLosses(t: TestContext, pattern?: LinePattern): Promise<Api> {
  const on = await api(t, undefined, async ({ tunnels, history }) => [
    lineRoutes({ tunnels, history, lines: { pattern: () => pattern } }),
  ]);
  await on.store.tunnels.create(TUNNEL);
  const losses = [NEWEST, OLDEST, MIDDLE, lineLoss('x', { tunnel: 'shop' })];
  await on.store.history.write([], [], losses);
  return on;
}

test('losses of a tunnel’s line are listed, the newest first, page by page', async (t) => {
  const { call } = await withLosses(t);
  const first = (await call('GET', '/api/v1/tunnels/ftp/line?limit=2')).json;
  assert.deepEqual(first.items, [NEWEST, MIDDLE]);
  assert.equal(first.finding, null);
  const next = await call('GET', `/api/v1/tunnels/ftp/line?limit=2&cursor=${first.nextCursor}`);
  assert.deepEqual(next.json, { finding: null, items: [OLDEST], nextCursor: null });
});

test('what losses show is told in words, without a visitor', async (t) => {
  const { call } = await withLosses(t, { is: 'regular', every: 60_000, losses: 8 });
  const { finding } = (await call('GET', '/api/v1/tunnels/ftp/line')).json;
  assert.partialDeepStrictEqual(finding, { code: 'agent-proxy-timeout', side: 'agent' });
  assert.match(finding.what, /60 seconds after .* 8 times/);
  assert.doesNotMatch(JSON.stringify(finding), /not known|tellUser/);
});

test('a tunnel that is not there has no line', async (t) => {
  const { call } = await withLosses(t);
  const { status, json } = await call('GET', '/api/v1/tunnels/shop/line');
  assert.deepEqual([status, json.error.code], [404, 'tunnel-unknown']);
});
