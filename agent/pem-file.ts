import { readFileSync } from 'node:fs';
import type { ConfigProblem } from '../shared/config.ts';
import { systemCode } from '../shared/errors.ts';

/**
 * The text of a PEM file; undefined if none is named or it cannot be read.
 * @param source the flag that names it
 * @param problems is added to
 */
export function readPem(
  source: string,
  path: string | undefined,
  problems: ConfigProblem[],
): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const problem = `cannot be read (${systemCode(cause) ?? String(cause)})`;
    problems.push({ source, value: path, problem, remedy: 'Give the path of a PEM file.' });
    return undefined;
  }
}
