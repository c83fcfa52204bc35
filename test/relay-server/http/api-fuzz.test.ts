/**
 * Requests made of the API's own description, right, nearly right and hostile. `npm run fuzz:api` makes
 * many more of them; fast-check prints a seed and the shortest request that fails.
 */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { hostileText, hostileValue, valueOf } from '../../support/schema-arbitrary.ts';
import { addUser, loggedIn } from './api-fixture.ts';
import { wholeRelay, type WholeApi } from './whole-relay.ts';
import { type Operation, operationsOf, titleOf } from './operations.ts';

/** Requests of each route. */
const RUNS = Number(process.env['GANGWAY_FUZZ_RUNS'] ?? 25);
/** What is there, so that not every path leads to nothing. */
const KNOWN = ['shop', 'other'] as const;

interface Attempt {
  readonly url: string;
  readonly payload?: string;
  readonly headers: Record<string, string>;
  readonly asUser: boolean;
}

/** What is set up by one of these routes would make others speak to strangers; each has a relay of its own. */
const ALONE = /^\/api\/v1\/alerts/;

test('no request makes the API fail, and every refusal has the one shape', async (t) => {
  const shared = await prepared(t);
  for (const operation of await operationsOf(shared)) {
    if (operation.streams) continue;
    const on = ALONE.test(operation.path) ? await prepared(t) : shared;
    let browser = await loggedIn(on, 'fuzz');
    const property = fc.asyncProperty(attempts(operation), async ({ asUser, ...attempt }) => {
      const from = on.lines.length;
      await provide(on);
      const authorization = { authorization: `Bearer ${on.token}` };
      const response = await on.app.inject({
        method: operation.method,
        ...attempt,
        headers: { ...attempt.headers, ...(asUser ? OWN_PAGE : authorization) },
        ...(asUser && { cookies: Object.fromEntries(browser.cookies) }),
      });
      check(response, on.lines.slice(from));
      // What was sent may have been what logs out.
      if (response.statusCode === 401 || /\/auth\//.test(operation.path))
        browser = await stillIn(on, browser);
    });
    await t.test(titleOf(operation), () => fc.assert(property, { numRuns: RUNS }));
  }
});

/** A relay with somebody who may do everything. */
async function prepared(t: TestContext): Promise<WholeApi> {
  const on = await wholeRelay(t);
  await addUser(on, 'fuzz');
  return on;
}

/** Makes what is there anew if a request has deleted it. */
async function provide({ store, call }: WholeApi): Promise<void> {
  if ((await store.tunnels.byName(KNOWN[0])) === undefined)
    await call('POST', '/api/v1/tunnels', { name: KNOWN[0] });
  if ((await store.users.byName(KNOWN[1])) === undefined) {
    const user = {
      name: KNOWN[1],
      role: 'viewer',
      password: 'x',
      mustChangePassword: true,
    } as const;
    await store.users.create(user);
  }
}

const OWN_PAGE = { 'sec-fetch-site': 'same-origin' };

async function stillIn(on: WholeApi, browser: Awaited<ReturnType<typeof loggedIn>>) {
  const { status } = await browser.call('GET', '/auth/me');
  return status === 200 ? browser : loggedIn(on, 'fuzz');
}

type Response = Awaited<ReturnType<WholeApi['app']['inject']>>;

function check(response: Response, log: readonly string[]): void {
  const { statusCode, body, headers } = response;
  const seen = `${statusCode} ${body}\n${log.join('')}`;
  assert.ok(statusCode < 500 || statusCode === 503, seen);
  if (statusCode < 400) return;
  assert.match(String(headers['content-type']), /^application\/json/, seen);
  const { error, ...nothing } = response.json();
  const { code, message, remedy = '', ...more } = error;
  assert.match(code, /^[a-z-]+$/, seen);
  assert.deepEqual([typeof message, typeof remedy], ['string', 'string'], seen);
  assert.deepEqual({ ...nothing, ...more }, {}, seen);
}

function attempts(operation: Operation): fc.Arbitrary<Attempt> {
  const { parameters, path } = operation;
  const texts = (place: 'path' | 'query'): fc.Arbitrary<Record<string, string | undefined>> =>
    fc.record(
      Object.fromEntries(
        parameters
          .filter((parameter) => parameter.in === place)
          .map(({ name, schema }) => [
            name,
            place === 'path' ? pathText(valueOf(schema)) : valueOf(schema).map(String),
          ]),
      ),
      place === 'query' ? { requiredKeys: [] } : {},
    );
  return fc
    .record({
      inPath: texts('path'),
      query: texts('query'),
      more: seldom(fc.tuple(hostileText, hostileText)),
      instead: seldom(fc.tuple(fc.nat(), hostileText)),
      body: bodies(operation),
      asUser: fc.boolean(),
    })
    .map(({ inPath, query, more, instead, body, asUser }) => {
      const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encoded(inPath[name] ?? ''));
      const search = [...Object.entries(query), ...(more === undefined ? [] : [more])];
      // One wrong at a time, or nothing but refusals would be seen.
      const [at = 0, value] = instead ?? [];
      const spoilt = search[at % search.length];
      if (spoilt !== undefined && value !== undefined) spoilt[1] = value;
      const text = search
        .map(([key, value]) => `${encoded(key)}=${encoded(value ?? '')}`)
        .join('&');
      return { url: text === '' ? filled : `${filled}?${text}`, asUser, ...body };
    });
}

function pathText(right: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...KNOWN) },
    { weight: 2, arbitrary: right.map(String) },
    { weight: 2, arbitrary: hostileText },
  );
}

function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

/** A lone half of a character cannot be encoded; as it is it makes a URL that cannot be decoded. */
function encoded(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%ed%a0%80%zz';
}

function bodies({ body, method }: Operation): fc.Arbitrary<Pick<Attempt, 'payload' | 'headers'>> {
  const none = fc.constant({ headers: {} });
  const json = (value: fc.Arbitrary<unknown>) =>
    value.map((content) => ({
      payload: JSON.stringify(content) ?? '',
      headers: { 'content-type': 'application/json' },
    }));
  const other = fc.record({
    payload: fc.constantFrom(
      '',
      '{',
      '{"a":1',
      '[1,',
      '"',
      '\u0000',
      '{"__proto__":{"a":1}}',
      'a=b',
    ),
    headers: fc.constantFrom(
      { 'content-type': 'application/json' },
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'application/json; charset=utf-16' },
      { 'content-type': ';' },
    ),
  });
  if (method === 'GET') return none;
  if (body === undefined) return fc.oneof(none, other, json(hostileValue));
  const right = valueOf(body);
  return fc.oneof(
    { weight: 5, arbitrary: json(right) },
    { weight: 4, arbitrary: json(spoilt(right)) },
    { weight: 1, arbitrary: json(hostileValue) },
    { weight: 1, arbitrary: other },
    { weight: 1, arbitrary: none },
  );
}

/** A right body with one field that is not. */
function spoilt(right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(right, fc.nat(), hostileText, hostileValue).map(([body, at, name, value]) => {
    if (typeof body !== 'object' || body === null) return value;
    const names = [...Object.keys(body), name];
    return { ...body, [names[at % names.length] ?? name]: value };
  });
}
