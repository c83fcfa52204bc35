import helmet from '@fastify/helmet';
import { fastify } from 'fastify';
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { dashboardRoutes } from '../../../relay-server/http/dashboard.ts';
import { answerUnknownRoute } from '../../../relay-server/http/errors.ts';
import { SECURITY_HEADERS } from '../../../relay-server/http/security-headers.ts';

const DOCUMENT = '<!doctype html><title>a built dashboard</title>';
const SCRIPT = 'console.log("built");';

async function server(t: TestContext, built: boolean) {
  const dist = await mkdtemp(join(tmpdir(), 'gangway-dist-'));
  t.after(() => rm(dist, { recursive: true, force: true }));
  const app = fastify();
  t.after(() => app.close());
  app.setNotFoundHandler(answerUnknownRoute);
  await app.register(helmet, SECURITY_HEADERS);
  await app.register(dashboardRoutes(dist));
  if (built) await build(dist);
  return { app, dist };
}

async function build(dist: string): Promise<void> {
  await mkdir(join(dist, 'assets'));
  await writeFile(join(dist, 'index.html'), DOCUMENT);
  await writeFile(join(dist, 'assets', 'index-1a2b.js'), SCRIPT);
  await writeFile(join(dist, 'assets', 'index-1a2b.js.gz'), gzipSync(SCRIPT));
}

/** As browsers send it when a link is followed. */
const headers = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

test('every address that looks like a page has the one document, asked for anew each time', async (t) => {
  const { app } = await server(t, true);
  for (const url of ['/', '/tunnels', '/tunnels/new?name=x', '/why/', '/unknown/of/old']) {
    const answer = await app.inject({ url, headers });
    assert.equal(answer.statusCode, 200, url);
    assert.equal(answer.body, DOCUMENT, url);
    assert.match(String(answer.headers['content-type']), /^text\/html/);
    assert.equal(answer.headers['cache-control'], 'no-cache');
  }
});

test('a file with its digest in its name is kept for a year and sent compressed', async (t) => {
  const { app } = await server(t, true);
  const url = '/assets/index-1a2b.js';
  const plain = await app.inject(url);
  assert.equal(plain.body, SCRIPT);
  assert.match(String(plain.headers['cache-control']), /max-age=31536000, immutable/);
  const packed = await app.inject({ url, headers: { 'accept-encoding': 'gzip' } });
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.match(String(packed.headers['content-type']), /javascript/);
  assert.deepEqual(packed.rawPayload, gzipSync(SCRIPT));
});

test('what is not a page is told so in JSON, and nothing beside the folder is served', async (t) => {
  const { app, dist } = await server(t, true);
  await writeFile(join(dist, '..', 'gangway-secret'), 'secret').catch(() => undefined);
  t.after(() => rm(join(dist, '..', 'gangway-secret'), { force: true }));
  const urls = [
    '/api/v1/unknown',
    '/api',
    '/agent/v1/unknown',
    '/assets/gone-0000.js',
    '/assets/..%2f..%2fgangway-secret',
    '/favicon.ico',
  ];
  for (const url of urls) {
    const answer = await app.inject({ url, headers });
    assert.ok([403, 404].includes(answer.statusCode), `${url}: ${answer.statusCode}`);
    assert.match(String(answer.headers['content-type']), /^application\/json/, url);
    assert.equal(answer.body.includes('secret"'), false);
  }
  for (const request of [{ method: 'POST', headers }, { method: 'GET' }] as const) {
    const answer = await app.inject({ ...request, url: '/tunnels' });
    assert.equal(answer.statusCode, 404, request.method);
  }
});

test('a relay without a built dashboard says how to build it, and needs no restart for it', async (t) => {
  const { app, dist } = await server(t, false);
  const before = await app.inject({ url: '/tunnels', headers });
  assert.equal(before.statusCode, 503);
  assert.match(before.body, /npm run build/);
  assert.equal(/<script|\sstyle=/.test(before.body), false);
  await build(dist);
  assert.equal((await app.inject({ url: '/tunnels', headers })).body, DOCUMENT);
});

test('pages run own scripts only, load from nowhere else and stand in no frame', async (t) => {
  const { app } = await server(t, true);
  const policy = String((await app.inject('/')).headers['content-security-policy']);
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self'(;|$)/);
  assert.match(policy, /style-src 'self'(;|$)/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.equal(/unsafe|https?:|\*/.test(policy), false);
});
