import { GangwayError, systemCode } from '../../shared/errors.ts';
import { API_LIMITS } from '../limits.ts';
import type { Page, PageRequest } from '../views/common.ts';

/** Calls of a relay's HTTP API. */
export class RelayCalls {
  readonly #base: string;
  readonly #token: string;

  /**
   * @param url of the relay, without a slash at the end.
   * @param token an API token of it, or its local token.
   */
  constructor(url: string, token: string) {
    this.#base = url;
    this.#token = token;
  }

  /** @throws GangwayError with the relay's own code; `relay-unreachable`, `relay-silent`, `not-a-relay`, `relay-certificate-refused`. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.#send(method, path, body);
    const answer = response.status === 204 ? null : await readJson(response);
    if (!response.ok) throw this.#refusal(response.status, answer);
    if (answer === undefined) throw notARelay(this.#base);
    return answer as T;
  }

  async #send(method: string, path: string, body: unknown): Promise<Response> {
    try {
      return await fetch(`${this.#base}/api/v1${path}`, {
        method,
        redirect: 'error',
        signal: AbortSignal.timeout(API_LIMITS.answerTime),
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      throw unreachable(this.#base, cause);
    }
  }

  #refusal(status: number, answer: unknown): GangwayError {
    const { error } = (answer ?? {}) as { error?: Record<string, unknown> };
    if (typeof error?.['code'] !== 'string' || typeof error['message'] !== 'string') {
      return notARelay(this.#base);
    }
    const remedy = typeof error['remedy'] === 'string' ? error['remedy'] : undefined;
    return new GangwayError(error['code'], error['message'], {
      remedy,
      exitCode: status === 400 ? 2 : 1,
    });
  }

  /** A page of a list. @throws GangwayError as `call`. */
  page<T>(
    path: string,
    query: PageRequest & { readonly [key: string]: string | number | undefined },
  ): Promise<Page<T>> {
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries(query))
      if (value !== undefined) search.set(key, String(value));
    return this.call('GET', `${path}?${search.toString()}`);
  }
}

/** The path of one thing of a collection. */
export function at(collection: string, key: string): string {
  return `${collection}/${encodeURIComponent(key)}`;
}

/** Undefined if the answer is too long or not JSON. */
async function readJson(response: Response): Promise<unknown> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > API_LIMITS.answer) return undefined;
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Node's words for certificates that are not to be trusted. */
const CERTIFICATE_FAULT = /CERT|UNABLE_TO_|ERR_TLS_CERT/;

function notARelay(url: string): GangwayError {
  return new GangwayError('not-a-relay', `what answers at ${url} is no relay of Gangway`, {
    remedy: 'Check the URL, and that a proxy in front of the relay passes /api/ on.',
  });
}

function unreachable(url: string, thrown: unknown): GangwayError {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  const code = systemCode(cause);
  if (cause instanceof DOMException && cause.name === 'TimeoutError') {
    return new GangwayError('relay-silent', `the relay at ${url} does not answer`, {
      remedy: 'Look at its log; restart it if it hangs.',
      cause,
    });
  }
  if (code !== undefined && CERTIFICATE_FAULT.test(code)) {
    const fault = (cause instanceof Error ? cause.message : code).split(';')[0] ?? code;
    return new GangwayError(
      'relay-certificate-refused',
      `the relay at ${url} cannot be verified: ${fault}`,
      {
        remedy:
          "Name the authority of its certificate with --ca FILE; for a certificate of the relay's own that is " +
          'certificates/self-signed.crt in its data directory.',
        cause,
      },
    );
  }
  const reason = code ?? (cause instanceof Error ? cause.message : String(cause));
  return new GangwayError('relay-unreachable', `the relay at ${url} cannot be reached: ${reason}`, {
    remedy: 'Check the URL, that the relay runs and that its HTTP port is open.',
    cause,
  });
}
