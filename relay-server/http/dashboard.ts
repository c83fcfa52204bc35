import fastifyStatic from '@fastify/static';
import type { FastifyPluginAsync, FastifyReply, FastifySchema } from 'fastify';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const DIST = join(import.meta.dirname, '..', 'dashboard', 'dist');
/** Files under /assets/ have a digest of their content in their name. */
const YEAR_SECONDS = 31_536_000;
/** Not pages, whatever their names look like: there a wrong address is told so in JSON. */
const NOT_PAGES = /^\/(?:api|agent|metrics|healthz|assets|\.well-known)(?:\/|$)/;

/**
 * The dashboard: its files, and its one document for every address that looks like a page's, since which
 * pages there are is known to the document. Files are looked for at each request, so that the dashboard
 * can be built while the relay runs.
 * @param dist folder that the dashboard was built into.
 */
export function dashboardRoutes(dist: string = DIST): FastifyPluginAsync {
  return async (pages) => {
    await pages.register(fastifyStatic, {
      root: dist,
      serve: false,
      preCompressed: true,
      suppressWarning: true,
    });
    // No part of the API's description.
    const hidden = { schema: { hide: true } as FastifySchema };
    pages.get<{ Params: { '*': string } }>('/assets/*', hidden, (request, reply) =>
      reply.sendFile(`assets/${request.params['*']}`, {
        maxAge: YEAR_SECONDS * 1000,
        immutable: true,
      }),
    );
    pages.get('/*', hidden, (request, reply) => {
      const [path = '/'] = request.url.split('?');
      if (!isPage(path, request.headers.accept)) return reply.callNotFound();
      return existsSync(join(dist, 'index.html')) ? sendDocument(reply) : sendBuildHint(reply);
    });
  };
}

/** Programs ask for anything; only browsers ask for documents at addresses they were shown. */
function isPage(path: string, accept = ''): boolean {
  if (path === '/') return true;
  return !NOT_PAGES.test(path) && !path.includes('.') && accept.includes('text/html');
}

/** It names the files of one build, so browsers ask each time whether it is still the same. */
function sendDocument(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-cache').sendFile('index.html', { cacheControl: false });
}

function sendBuildHint(reply: FastifyReply): FastifyReply {
  return reply.code(503).header('cache-control', 'no-store').type('text/html; charset=utf-8')
    .send(`<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <meta name="viewport" content="width=device-width, initial-scale=1" />
  <title>Gangway</title>
  <h1>Gangway</h1>
  <p>The relay is running, but its dashboard has not been built.</p>
  <p>Run this in the relay's folder and load this page again:</p>
  <pre><code>npm ci &amp;&amp; npm run build</code></pre>
  <p>Everything it does, the command line does as well: <code>gangway --help</code>.</p>
</html>
`);
}
