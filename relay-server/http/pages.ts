import { readFileSync } from 'node:fs';
import type { FastifyPluginAsync } from 'fastify';

const DASHBOARD = new URL('../dashboard/', import.meta.url);

/** `/` and its style sheet. */
export function pageRoutes(version: string): FastifyPluginAsync {
  return async (pages) => {
    const page = file('index.html').replaceAll('{{version}}', escapeHtml(version));
    const style = file('style.css');
    pages.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
    pages.get('/style.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(style));
  };
}

function file(name: string): string {
  return readFileSync(new URL(name, DASHBOARD), 'utf8');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
