import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { enrolOn } from '../../../relay-server/admin/enrol.ts';
import { StoreAdmin } from '../../../relay-server/admin/store-admin.ts';
import { buildHttp } from '../../../relay-server/http/server.ts';
import type { Store } from '../../../relay-server/store/store.ts';
import type { Role } from '../../../relay-server/views/access.ts';
import { createLogger, type Logger } from '../../../shared/log.ts';
import { FakeRuntime, freshStore, type StandingClock } from '../fixtures.ts';

/** The command line's token in these tests. */
export const LOCAL = 'local-token';
export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
// oxlint-disable-next-line typescript/no-explicit-any -- an answer is looked into freely by tests
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly json: Json;
  readonly headers: Json;
}

/** A relay's API without a relay: requests are injected, clocks stand. */
export interface Api {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly runtime: FakeRuntime;
  /** Never goes back; for counting attempts. */
  readonly clock: { at: number };
  /** The time of day, the store's and everybody's. */
  readonly wall: StandingClock;
  /** What was logged. */
  readonly lines: string[];
  /** @param token the command line's unless told otherwise; empty for none. */
  readonly call: (method: Method, url: string, body?: object, token?: string) => Promise<Answer>;
}

/** @param routes further subjects of the API, on the same store. */
export async function api(
  t: TestContext,
  localToken = LOCAL,
  routes: (store: Store) => Promise<FastifyPluginAsyncTypebox[]> = async () => [],
): Promise<Api> {
  const { store, clock: wall } = await freshStore(t);
  const runtime = new FakeRuntime(store);
  const { lines, logger } = recordedLog();
  const admin = new StoreAdmin({ store, version: '1.2.3', runtime });
  const clock = { at: 0 };
  const app = await buildHttp({
    admin,
    store,
    enrol: enrolOn(store, runtime),
    version: '1.2.3',
    localToken,
    routes: await routes(store),
    logger,
    now: () => clock.at,
    clock: wall.now,
  });
  t.after(() => app.close());
  return { app, store, runtime, clock, wall, lines, call: callsOf(app, LOCAL) };
}

/** A log whose lines are kept. */
export function recordedLog(): { lines: string[]; logger: Logger } {
  const lines: string[] = [];
  const output = { write: (line: string) => void lines.push(line) };
  return { lines, logger: createLogger({ level: 'info', format: 'json', output }) };
}

/** Calls with a token; unless told otherwise this one. */
export function callsOf(app: FastifyInstance, usual: string): Api['call'] {
  return async (method, url, body, token = usual) => {
    const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
    const payload = body === undefined ? {} : { payload: body };
    return answerOf(await app.inject({ method, url, headers, ...payload }));
  };
}

function answerOf(response: Response): Answer {
  const { statusCode: status, body, headers } = response;
  return { status, json: body === '' ? undefined : response.json(), headers };
}

type Response = Awaited<ReturnType<FastifyInstance['inject']>>;

/** A password as people have it. */
export const PASSWORD = 'correct horse battery';

/** Makes a user who has chosen his password. */
export async function addUser(
  { call, store }: Pick<Api, 'call' | 'store'>,
  name: string,
  role: Role = 'admin',
  password = PASSWORD,
): Promise<void> {
  const made = await call('POST', '/api/v1/users', { name, role, password });
  assert.equal(made.status, 201, JSON.stringify(made.json));
  const user = await store.users.byName(name);
  await store.users.update(user?.id ?? '', { mustChangePassword: false });
}

/** A browser with its cookies, on a page of the relay unless its headers say otherwise. */
export class Browser {
  readonly cookies = new Map<string, string>();
  readonly #app: FastifyInstance;
  readonly #from: string;

  constructor({ app }: Pick<Api, 'app'>, from = '192.0.2.10') {
    this.#app = app;
    this.#from = from;
  }

  async call(
    method: Method,
    path: string,
    body?: object,
    headers: Record<string, string> = { 'sec-fetch-site': 'same-origin' },
  ): Promise<Answer> {
    const response = await this.#app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { 'user-agent': 'Test Browser/1.0', ...headers },
      cookies: Object.fromEntries(this.cookies),
      remoteAddress: this.#from,
      ...(body !== undefined && { payload: body }),
    });
    for (const { name, value, maxAge } of response.cookies) {
      if (maxAge === 0) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answerOf(response);
  }

  logIn(user: string, password = PASSWORD, code?: string): Promise<Answer> {
    return this.call('POST', '/auth/login', {
      user,
      password,
      ...(code !== undefined && { code }),
    });
  }
}

/** A browser that is logged in. */
export async function loggedIn(
  on: Pick<Api, 'app'>,
  user: string,
  password = PASSWORD,
): Promise<Browser> {
  const browser = new Browser(on);
  const { status, json } = await browser.logIn(user, password);
  assert.equal(status, 200, JSON.stringify(json));
  return browser;
}
