import { systemCode } from '../../shared/errors.ts';

/** The `table.column` whose uniqueness a statement broke, or undefined if it failed otherwise. */
export function uniqueColumn(error: unknown): string | undefined {
  if (systemCode(error) !== 'SQLITE_CONSTRAINT_UNIQUE' || !(error instanceof Error))
    return undefined;
  return /UNIQUE constraint failed: (\S+)/.exec(error.message)?.[1];
}
