import { InvalidArgumentError } from 'commander';
import type { Parser } from '../../shared/config.ts';

/** A setting's parser as Commander wants it. */
export function parsed<T>(parser: Parser<T>): (raw: string) => T {
  return (raw) => {
    const result = parser(raw);
    if (result.ok) return result.value;
    throw new InvalidArgumentError(`It ${result.problem}. ${result.remedy}`);
  };
}
