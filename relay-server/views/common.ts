import { Type } from 'typebox';
import type { TNull, TObject, TArray, TSchema, TString, TUnion } from 'typebox';
import { API_LIMITS } from '../limits.ts';

/** A schema that takes null, too. */
export function orNull<T extends TSchema>(schema: T): TUnion<[T, TNull]> {
  return Type.Union([schema, Type.Null()]);
}

export const Millis = Type.Integer({ description: 'milliseconds since 1970' });

/** Characters without control characters, for names shown on terminals and pages. */
export const PRINTABLE = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$';

/** Where a list goes on; opaque, from the answer before. */
export const Cursor = Type.String({ minLength: 1, maxLength: 200, pattern: '^[A-Za-z0-9_.-]+$' });

/** How a page of a list is asked for. */
export const PageQuery = {
  cursor: Type.Optional(Cursor),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: API_LIMITS.pageItems })),
};

/** How a page is asked for in a program. */
export interface PageRequest {
  readonly cursor?: string;
  /** `API_LIMITS.pageDefault` if left out. */
  readonly limit?: number;
}

/** A page of a list; `nextCursor` is null on the last. */
export function pageOf<T extends TSchema>(
  item: T,
): TObject<{ items: TArray<T>; nextCursor: TUnion<[TString, TNull]> }> {
  return Type.Object({ items: Type.Array(item), nextCursor: orNull(Type.String()) });
}

/** A page of a list in a program. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}
