import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type Agent as HttpsAgent } from 'node:https';
import { GangwayError } from '../shared/errors.ts';
import { AGENT_LIMITS } from '../shared/limits.ts';
import { parseJson } from '../shared/proto/open-request.ts';
import { VerifyingAgent } from './relay-trust.ts';

/** How to reach the relay: through which proxy, trusting whom. */
export interface RelayRoute {
  /** Without a slash at the end. */
  readonly url: string;
  /** PEM of the certificate authority to trust besides the system's. */
  readonly ca: string | undefined;
  /** Short form of the public key of a relay whose certificate nobody vouches for; it came with the enrolment code. */
  readonly pin: string | undefined;
  /** `http://[user:password@]host:port` of an egress proxy; undefined for the environment's. */
  readonly proxy: string | undefined;
}

/** An answer with its JSON body. */
export interface RelayAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * The connection pool for a route. Node honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY itself; ALL_PROXY
 * stands in for those that are not set.
 */
export function agentFor(route: RelayRoute): HttpAgent | HttpsAgent {
  const { env } = process;
  const all = env['ALL_PROXY'] ?? env['all_proxy'];
  const proxyEnv =
    route.proxy === undefined
      ? { HTTP_PROXY: all, HTTPS_PROXY: all, ...env }
      : { HTTP_PROXY: route.proxy, HTTPS_PROXY: route.proxy };
  if (!route.url.startsWith('https:')) return new HttpAgent({ proxyEnv });
  return new VerifyingAgent({ proxyEnv }, route);
}

/**
 * POST of a JSON body to the relay.
 * @throws GangwayError `relay-unreachable`.
 */
export function post(route: RelayRoute, path: string, body: unknown): Promise<RelayAnswer> {
  const agent = agentFor(route);
  const send = route.url.startsWith('https:') ? httpsRequest : httpRequest;
  const payload = JSON.stringify(body);
  return new Promise<RelayAnswer>((resolve, reject) => {
    const request = send(`${route.url}${path}`, {
      method: 'POST',
      agent,
      timeout: AGENT_LIMITS.handshake,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) },
    });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', reject);
    request.on('response', (response) => {
      readAnswer(response).then(resolve, reject);
    });
    request.end(payload);
  })
    .catch((cause: unknown) => {
      if (cause instanceof GangwayError) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new GangwayError(
        'relay-unreachable',
        `cannot reach the relay at ${route.url}: ${why}`,
        {
          remedy: 'Check --relay, and that this machine may make outgoing connections to it.',
          cause,
        },
      );
    })
    .finally(() => agent.destroy());
}

/** Reads an answer's body, bounded. @throws Error when it is too long or cut off. */
export async function readAnswer(response: IncomingMessage): Promise<RelayAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > AGENT_LIMITS.answer) throw new Error('the answer is too long for a relay');
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, body: parseJson(Buffer.concat(chunks).toString()) };
}

/** `{error: {code, message, remedy?}}` of an answer, as far as it is one. */
export function errorOf(answer: RelayAnswer): { code: string; message: string; remedy?: string } {
  const { error } = (answer.body ?? {}) as { error?: Record<string, unknown> };
  const { code, message, remedy } = error ?? {};
  return {
    code: typeof code === 'string' ? code : `http-${answer.status}`,
    message:
      typeof message === 'string' ? message : `an answer ${answer.status} that is not a relay's`,
    ...(typeof remedy === 'string' && { remedy }),
  };
}
