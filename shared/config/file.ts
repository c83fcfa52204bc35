import { readFileSync, statSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import { CONFIG_LIMITS } from '../limits.ts';
import { GangwayError, systemCode } from '../errors.ts';

/** The top level of a configuration file. */
export type FileValues = Readonly<Record<string, unknown>>;

/**
 * Reads a TOML file.
 * @param namedBy the flag or variables its path may have come from, for the remedy.
 * @throws GangwayError `config-unreadable` or `config-syntax`, both with exit code 2.
 */
export function readConfigFile(path: string, namedBy?: string): FileValues {
  const source = readBounded(path, namedBy);
  try {
    return parse(source);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const [first = 'not TOML'] = cause.message.split('\n');
    throw new GangwayError('config-syntax', `${path}:${cause.line}:${cause.column}: ${first}`, {
      remedy: 'The file is TOML: one `key = value` a line, texts in quotes.',
      exitCode: 2,
      cause,
    });
  }
}

function readBounded(path: string, namedBy: string | undefined): string {
  try {
    if (statSync(path).size > CONFIG_LIMITS.file) {
      throw new GangwayError(
        'config-unreadable',
        `${path} is larger than ${CONFIG_LIMITS.file} bytes`,
        {
          remedy: 'Is this the right file?',
          exitCode: 2,
        },
      );
    }
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof GangwayError) throw cause;
    throw new GangwayError(
      'config-unreadable',
      `cannot read ${path}: ${systemCode(cause) ?? String(cause)}`,
      {
        remedy: `Check the path${namedBy === undefined ? '' : ` (${namedBy})`} and its permissions.`,
        exitCode: 2,
        cause,
      },
    );
  }
}
