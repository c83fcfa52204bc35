import type { Api, Method } from './api-fixture.ts';

/** As much of JSON schema as the API's description has. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly schema: Schema;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

/** What the API's description says of a route. */
export interface Operation {
  readonly method: Method;
  /** With its parameters in braces. */
  readonly path: string;
  readonly access: 'viewer' | 'admin' | 'everybody';
  readonly summary: string | undefined;
  readonly tags: readonly string[];
  readonly security: readonly object[];
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  readonly responses: Readonly<Record<string, Content>>;
  /** Its answer goes on for ever. */
  readonly streams: boolean;
}

interface Described {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
  readonly 'x-access': Operation['access'];
}

/** Every route the API describes: tests that walk them cover those, too, that are added later. */
export async function operationsOf({ call }: Pick<Api, 'call'>): Promise<Operation[]> {
  const { json } = await call('GET', '/api/v1/openapi.json', undefined, '');
  const paths = json.paths as Record<string, Record<string, Described>>;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, said]) => ({
      method: method.toUpperCase() as Method,
      path,
      access: said['x-access'],
      summary: said.summary,
      tags: said.tags ?? [],
      security: said.security ?? [],
      parameters: said.parameters ?? [],
      body: said.requestBody?.content?.['application/json']?.schema,
      responses: said.responses,
      streams: said.responses['200']?.content?.['text/event-stream'] !== undefined,
    })),
  );
}

/** `GET /api/v1/tunnels/{name}`. */
export function titleOf({ method, path }: Operation): string {
  return `${method} ${path}`;
}

/** The path with every parameter the same text. */
export function pathWith({ path }: Operation, value: string): string {
  return path.replace(/\{\w+\}/g, encodeURIComponent(value));
}
