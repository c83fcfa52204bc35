import type { FastifyRequest } from 'fastify';
import { GangwayError } from '../../shared/errors.ts';
import { hasLoginCookies } from './cookies.ts';

/**
 * Refuses requests that a page of another site makes a browser send with its cookies (CSRF). SameSite
 * keeps browsers from it already; this also holds for other ports and subdomains of the same site.
 * Without cookies there is nothing to be abused, so that scripts may log in without saying where from.
 * @throws GangwayError `foreign-origin`, `media-type-unsupported`.
 */
export function refuseForeign(request: FastifyRequest): void {
  const { method } = request;
  if (method === 'GET' || method === 'HEAD') return;
  const isOwn = comesFromOwnPage(request);
  if (isOwn === false || (isOwn === undefined && hasLoginCookies(request))) {
    throw new GangwayError('foreign-origin', 'this request does not come from the dashboard', {
      remedy: 'Use the dashboard of this relay, or an API token.',
    });
  }
  const type = request.headers['content-type'];
  if (type === undefined || /^application\/json *(?:;|$)/i.test(type)) return;
  throw new GangwayError('media-type-unsupported', 'the API takes JSON only', {
    remedy: 'Send content-type: application/json, or no body.',
  });
}

/** Undefined if the request says nothing of it: then it is of no browser of the last years. */
function comesFromOwnPage({ headers, host }: FastifyRequest): boolean | undefined {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin } = headers;
  if (origin === undefined) return undefined;
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  // Parsed the same way, so that a port that need not be written makes no difference.
  const own = `${page.protocol}//${host}`;
  return URL.canParse(own) && page.host !== '' && new URL(own).host === page.host;
}
