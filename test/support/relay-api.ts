/** The API of a relay under test, as a script uses it: with a token, and listening to its events. */
import assert from 'node:assert/strict';
import type { FindingView } from '../../relay-server/views/findings.ts';
import type { Tick, WatchedSessions } from '../../relay-server/views/live.ts';
import type { SessionStory, TransferView } from '../../relay-server/views/sessions.ts';
import { runGangway, type Relay } from './gangway.ts';

/** Server-sent events by type. */
export interface ToldEvents {
  tick: Tick;
  sessions: WatchedSessions;
  finding: FindingView;
  transfer: TransferView;
  tunnel: { name: string; brief: unknown };
  resync: object;
}

/** One event that was told. */
export interface Told<T extends keyof ToldEvents> {
  readonly id: string | undefined;
  readonly data: ToldEvents[T];
}

const WAIT_MS = 20_000;

/** Makes an API token by the command line. */
export async function apiToken(
  { dataDir }: Pick<Relay, 'dataDir'>,
  role: 'admin' | 'viewer' = 'admin',
): Promise<string> {
  const args = ['token', 'create', `test-${role}`, '--role', role, '--data-dir', dataDir, '--json'];
  const made = await runGangway(args);
  assert.equal(made.status, 0, made.output);
  return (JSON.parse(made.stdout) as { token: string }).token;
}

/** Calls and listens. */
export class RelayApi {
  readonly #url: string;
  readonly #token: string;
  readonly #stop = new AbortController();

  private constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  static async of(relay: Relay, role: 'admin' | 'viewer' = 'admin'): Promise<RelayApi> {
    return new RelayApi(relay.url, await apiToken(relay, role));
  }

  /** @param path below `/api/v1` */
  async call(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; json: unknown }> {
    const response = await fetch(`${this.#url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, json: text === '' ? null : (JSON.parse(text) as unknown) };
  }

  /** What happened in a session; undefined if it is not known, or not yet. */
  async story(id: string): Promise<SessionStory | undefined> {
    const { status, json } = await this.call('GET', `/sessions/${id}`);
    if (status === 404) return undefined;
    assert.equal(status, 200, JSON.stringify(json));
    return json as SessionStory;
  }

  /** Listens from now on. @param query of `GET /events` */
  async listen(query = '', lastEventId?: string): Promise<LiveEvents> {
    const response = await fetch(`${this.#url}/api/v1/events${query}`, {
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
      signal: this.#stop.signal,
    });
    assert.equal(response.status, 200);
    return new LiveEvents(response);
  }

  /** Listens no more. */
  close(): void {
    this.#stop.abort();
  }
}

/** What a listener was told, and is. */
export class LiveEvents {
  readonly #told: { type: string; id: string | undefined; data: unknown }[] = [];
  readonly #waiting = new Set<() => void>();
  /** Resolves when the relay has ended it, or the listener. */
  readonly over: Promise<void>;

  constructor(response: Response) {
    this.over = this.#read(response).catch(() => {});
  }

  /** The next event of a type, among those told already, that fulfils a condition; each is given once. */
  async next<T extends keyof ToldEvents>(
    type: T,
    fulfils: (data: ToldEvents[T]) => boolean = () => true,
  ): Promise<Told<T>> {
    const { promise, resolve, reject } = Promise.withResolvers<Told<T>>();
    const timer = setTimeout(() => {
      reject(new Error(`no such ${type}; told: ${JSON.stringify(this.#told).slice(-2000)}`));
    }, WAIT_MS);
    const look = (): void => {
      const index = this.#told.findIndex(
        (one) => one.type === type && fulfils(one.data as ToldEvents[T]),
      );
      const [found] = index < 0 ? [] : this.#told.splice(index, 1);
      if (found !== undefined) resolve(found as Told<T>);
    };
    this.#waiting.add(look);
    look();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(look);
    });
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) this.#take(part);
    }
  }

  #take(part: string): void {
    const field = (name: string): string | undefined =>
      part
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const type = field('event');
    if (type === undefined) return;
    this.#told.push({ type, id: field('id'), data: JSON.parse(field('data') ?? 'null') });
    for (const look of this.#waiting) look();
  }
}
