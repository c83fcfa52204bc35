import * as fc from 'fast-check';
import type { Schema } from '../relay-server/http/operations.ts';

/** Texts that have broken programs: ends of strings, paths, quotes, directions, names of objects' own. */
const HOSTILE_TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\r\nset-cookie: x=y',
  '../../etc/passwd',
  '%00',
  '%2e%2e%2f',
  "' OR 1=1 --",
  '"); DROP TABLE users; --',
  '<script>alert(1)</script>',
  '${7*7}',
  '__proto__',
  'constructor',
  'toString',
  '\ud800',
  '\u202e\u2066',
  '💥'.repeat(40),
  'x'.repeat(300),
  '9'.repeat(400),
  '-1',
  '1e309',
  'null',
  'NaN',
  '[]',
  '{}',
] as const;

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS),
  fc.string({ unit: 'binary', maxLength: 80 }),
);

/** Values of any kind where another was expected. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 2 ** 53, -(2 ** 63), 1e308, [], {}, [[[[]]]]),
  fc.constant({ toJSON: 1, length: -1, constructor: { prototype: null } }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Values a schema allows; where it has a pattern and a length, mostly so. */
export function valueOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(valueOf));
  switch (typeof schema.type === 'string' ? schema.type : 'any') {
    case 'string':
      return textOf(schema);
    case 'integer':
      return fc.maxSafeInteger().map((number) => within(number, schema));
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true, ...range(schema) });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valueOf(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 3, 3),
      });
    case 'object':
      return objectOf(schema);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function objectOf({ properties = {}, required = [] }: Schema): fc.Arbitrary<object> {
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, valueOf(schema)]),
  );
  return fc.record(fields, { requiredKeys: required.filter((name) => name in fields) });
}

function textOf({ pattern, minLength = 0, maxLength = 100 }: Schema): fc.Arbitrary<string> {
  const most = Math.min(maxLength, 300);
  if (pattern === undefined) return fc.string({ minLength, maxLength: Math.max(minLength, most) });
  return fc
    .stringMatching(new RegExp(pattern, 'u'), { size: 'small' })
    .map((text) => text.slice(0, most));
}

function range({ minimum, maximum }: Schema): { min?: number; max?: number } {
  return {
    ...(minimum !== undefined && { min: minimum }),
    ...(maximum !== undefined && { max: maximum }),
  };
}

/** Folded into the range, so that its ends and small numbers come often. */
function within(
  number: number,
  { minimum = -(2 ** 53) + 1, maximum = 2 ** 53 - 1 }: Schema,
): number {
  if (number >= minimum && number <= maximum) return number;
  const span = maximum - minimum + 1;
  return Number.isSafeInteger(span) ? minimum + (((number % span) + span) % span) : minimum;
}
