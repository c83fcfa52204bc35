import { createServer, type Server } from 'node:http';
import { formatHostPort, type HostPort } from '../../shared/config/values.ts';
import { systemCode } from '../../shared/errors.ts';
import type { Logger } from '../../shared/log.ts';
import type { Claim, Proof } from './authority.ts';

/** RFC 8555 §8.3. */
export const CHALLENGE_PATH = '/.well-known/acme-challenge/';

/** HTTP-01: a file an authority fetches from port 80 of the name. */
export class HttpProof implements Proof {
  readonly type = 'http-01';
  readonly remedy =
    `Let port 80 of that name reach the relay (--acme-http, or a proxy in front that passes ${CHALLENGE_PATH} ` +
    'to its HTTP port), and check that the DNS records of the name lead here, AAAA included; ' +
    'or prove names by DNS with --acme-dns-hook.';
  /** As many as names are being proved at this moment: one. */
  readonly #answers = new Map<string, string>();

  show({ token, keyAuthorization }: Claim): Promise<void> {
    this.#answers.set(token, keyAuthorization);
    return Promise.resolve();
  }

  withdraw({ token }: Claim): Promise<void> {
    this.#answers.delete(token);
    return Promise.resolve();
  }

  /** What to answer to a request for a token; undefined if nobody is to ask for it now. */
  answer(token: string): string | undefined {
    return this.#answers.get(token);
  }
}

/**
 * Listens for authorities, and answers nothing else. Where it cannot, the log says so and the relay goes
 * on: a proxy may bring them to its HTTP port.
 */
export async function listenForAuthorities(
  at: HostPort,
  proof: HttpProof,
  logger: Logger,
): Promise<() => Promise<void>> {
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    const token = url.startsWith(CHALLENGE_PATH) ? url.slice(CHALLENGE_PATH.length) : '';
    const answer = proof.answer(token);
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'text/plain' });
    response.end(answer ?? 'There is nothing here but answers for certificate authorities.\n');
  });
  const fault = await listen(server, at);
  if (fault !== undefined) {
    logger.error(
      {
        event: 'acme-port-unavailable',
        address: formatHostPort(at),
        code: fault,
        remedy: proof.remedy,
      },
      `cannot listen on ${formatHostPort(at)}, where certificate authorities check names`,
    );
  }
  return async () => {
    if (!server.listening) return;
    server.closeAllConnections();
    await server[Symbol.asyncDispose]();
  };
}

/** The system's word for why not; undefined if it listens. */
function listen(server: Server, { host, port }: HostPort): Promise<string | undefined> {
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(systemCode(error) ?? error.message));
    server.listen({ host, port }, () => resolve(undefined));
  });
}
