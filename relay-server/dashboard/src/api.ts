import type { ErrorBody } from '../../http/errors.ts';
import { me } from './who.ts';

const BASE = '/api/v1';
/** Beyond this the relay or the way to it is stuck, and the page says so. */
const ANSWER_TIME_MS = 20_000;

/** A refusal of the relay, or the lack of an answer. The message and the remedy are fit to be shown. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** As in the API's answers; `unreachable` where there was none. */
  readonly code: string;
  readonly remedy: string | undefined;
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;

  constructor(status: number, error: ErrorBody['error']) {
    super(error.message);
    this.code = error.code;
    this.remedy = error.remedy;
    this.status = status;
  }
}

/** Parameters of a request; empty ones are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** Calls of the relay's API. Each throws {@link ApiError}, and renews an expired login once by itself. */
export const api = {
  get: <T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> =>
    call<T>('GET', path + queryText(query), undefined, signal),
  post: <T = null>(path: string, body?: unknown): Promise<T> => call<T>('POST', path, body),
  patch: <T = null>(path: string, body: unknown): Promise<T> => call<T>('PATCH', path, body),
  delete: <T = null>(path: string): Promise<T> => call<T>('DELETE', path),
};

/** `?a=1&b=2`, or nothing. */
export function queryText(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString()}`;
}

/** A path below a collection, whatever signs the key has. */
export function at(collection: string, key: string): string {
  return `${collection}/${encodeURIComponent(key)}`;
}

/** Whatever was thrown, as something that can be shown. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new ApiError(0, { code: 'page-failed', message });
}

async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const first = await send(method, path, body, signal);
  if (first.status !== 401 || GUARDED_BY_NOTHING.has(path)) return read<T>(first);
  if (!(await refreshed())) {
    me.value = null;
    return read<T>(first);
  }
  const second = await send(method, path, body, signal);
  if (second.status === 401) me.value = null;
  return read<T>(second);
}

/** Here 401 speaks of what was sent, not of the login. */
const GUARDED_BY_NOTHING: ReadonlySet<string> = new Set(['/auth/login', '/auth/refresh']);

let refreshing: Promise<boolean> | undefined;

/** Many calls may find the login expired at once; a refresh can be used only once. */
function refreshed(): Promise<boolean> {
  refreshing ??= send('POST', '/auth/refresh')
    .then(({ ok }) => ok)
    .finally(() => (refreshing = undefined));
  return refreshing;
}

async function send(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  const limit = AbortSignal.timeout(ANSWER_TIME_MS);
  try {
    return await fetch(BASE + path, {
      method,
      credentials: 'same-origin',
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
  } catch (thrown) {
    if (signal?.aborted === true) throw thrown;
    throw new ApiError(0, {
      code: 'unreachable',
      message: 'The relay does not answer.',
      remedy: 'Check that it runs, and your way to it; this page goes on when it is back.',
    });
  }
}

async function read<T>(response: Response): Promise<T> {
  if (response.status === 204) return null as T;
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer as T;
  const { error } = (answer ?? {}) as Partial<ErrorBody>;
  throw new ApiError(
    response.status,
    error ?? {
      code: 'not-a-relay',
      message: `Something between this page and the relay answered ${response.status}.`,
      remedy: 'Check that a proxy in front of the relay passes /api/ on.',
    },
  );
}
