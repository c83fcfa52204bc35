import { readFileSync } from 'node:fs';

/** The version of this Gangway, as package.json has it. */
export function gangwayVersion(): string {
  const source = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(source) as { version: string }).version;
}
