import type { FastifyRequest } from 'fastify';

/** What of a query's schema is looked at. */
interface Fields {
  readonly properties?: Readonly<Record<string, { readonly type?: unknown }>>;
}

/**
 * Makes numbers and booleans of a query's texts where its schema wants them, because a URL has texts only.
 * Bodies stay as they are: there "21" is not 21. What is neither stays a text, and is refused as that.
 */
export async function readQuery(request: FastifyRequest): Promise<void> {
  const { properties } = (request.routeOptions.schema?.querystring ?? {}) as Fields;
  if (properties === undefined) return;
  const query = request.query as Record<string, unknown>;
  for (const [name, text] of Object.entries(query)) {
    if (typeof text !== 'string' || !Object.hasOwn(properties, name)) continue;
    query[name] = valueOf(text, properties[name]?.type);
  }
}

function valueOf(text: string, type: unknown): unknown {
  if (type === 'integer' && /^-?\d{1,16}$/.test(text)) return Number(text);
  if (type === 'number' && /^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
