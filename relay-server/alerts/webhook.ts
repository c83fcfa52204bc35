import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { systemCode } from '../../shared/errors.ts';
import { ALERT_LIMITS } from '../watch-limits.ts';
import type { Attempt, Message } from './channel.ts';
import { DestinationRefused, guardedLookup, refusedHost } from './destinations.ts';
import { signature, SIGNATURE_HEADER } from './signature.ts';

export interface WebhookTarget {
  /** `http:` or `https:`. */
  readonly url: string;
  /** Null: not signed. */
  readonly secret: string | null;
}

export interface WebhookOptions {
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds for the whole exchange; {@link ALERT_LIMITS}.answer by default. */
  readonly timeout?: number;
  /** How names are looked up. */
  readonly lookup?: LookupFunction;
}

/** Statuses that ask for another attempt, besides all from 500 on. */
const TRY_AGAIN: ReadonlySet<number> = new Set([408, 429]);

/**
 * Posts an alert as JSON, signed if there is a secret. Certificates are verified; redirects are not followed, as
 * they could lead anywhere; no proxy is used. Never rejects.
 */
export async function postWebhook(
  { url, secret }: WebhookTarget,
  message: Message,
  options: WebhookOptions,
): Promise<Attempt> {
  const refused = refusedHost(new URL(url).hostname);
  if (refused !== undefined) return { is: 'refused', detail: refused };
  const body = JSON.stringify(message);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': `gangway/${options.version}`,
    ...(secret !== null && { [SIGNATURE_HEADER]: signature(secret, body, options.now()) }),
  };
  try {
    return attempt(await exchange(url, headers, body, options));
  } catch (error) {
    const is = error instanceof DestinationRefused ? 'refused' : 'failed';
    return { is, detail: reason(error) };
  }
}

function exchange(
  url: string,
  headers: Record<string, string | number>,
  body: string,
  options: WebhookOptions,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const timeout = options.timeout ?? ALERT_LIMITS.answer;
  const request = send(url, {
    method: 'POST',
    headers,
    agent: false,
    lookup: options.lookup ?? guardedLookup(),
    // Whatever the environment says of it.
    rejectUnauthorized: true,
    signal: AbortSignal.timeout(timeout),
  });
  request.on('error', reject);
  request.on('response', (response) => {
    // Nobody reads what it says besides its status.
    response.destroy();
    resolve(response);
  });
  request.end(body);
  return promise;
}

function attempt({ statusCode: status = 0, statusMessage = '' }: IncomingMessage): Attempt {
  const detail = `HTTP ${status} ${statusMessage}`.trim().slice(0, ALERT_LIMITS.detail);
  if (status >= 200 && status < 300) return { is: 'delivered', detail };
  if (status >= 500 || TRY_AGAIN.has(status)) return { is: 'failed', detail };
  if (status >= 300 && status < 400) {
    return { is: 'refused', detail: `${detail}: redirects are not followed` };
  }
  return { is: 'refused', detail };
}

/** A failure in words, without what a name or a certificate of the receiver may add at length. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'no answer in time';
  const code = systemCode(error);
  const text =
    code === undefined || error.message.includes(code)
      ? error.message
      : `${code}: ${error.message}`;
  return text.slice(0, ALERT_LIMITS.detail);
}
