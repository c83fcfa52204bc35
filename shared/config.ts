import { readConfigFile } from './config/file.ts';
import type { FileValues } from './config/file.ts';
import { keyOf, variableOf } from './config/setting.ts';
import type { ConfigOf, Setting, SettingTable } from './config/setting.ts';
import { suggest } from './config/suggest.ts';
import { GangwayError } from './errors.ts';

export { keyOf, setting, variableOf } from './config/setting.ts';
export type { ConfigOf, Parsed, Parser, Setting, SettingTable } from './config/setting.ts';

/** What is wrong with one value or key. */
export interface ConfigProblem {
  /** Where it stands: `--http`, `GANGWAY_HTTP` or `gangway.toml: http`. */
  readonly source: string;
  /** What was written there; masked for secrets; undefined where the key itself is wrong. */
  readonly value: string | undefined;
  readonly problem: string;
  readonly remedy: string;
}

/** Every problem of a configuration at once. Ends the program with exit code 2. */
export class ConfigError extends GangwayError {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super('config-invalid', problems.map(problemLine).join('\n'), { exitCode: 2 });
    this.problems = problems;
  }
}

/** Where values come from, strongest first. */
export interface ConfigSources {
  /** Flags given, by camelCase name; no entry for a flag that was not given. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** The environment; an empty variable counts as not set. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Path of the TOML file; `--config` and `GANGWAY_CONFIG` are read from flags and env if undefined. */
  readonly file?: string | undefined;
  /** Settings of the same program that may stand in the file though this command does not use them. */
  readonly alsoKnown?: SettingTable;
}

/** A loaded configuration. */
export interface LoadedConfig<S extends SettingTable> {
  readonly config: ConfigOf<S>;
  /** Which source each value came from: as in {@link ConfigProblem.source}, or `default`. */
  readonly sources: Readonly<Record<keyof S & string, string>>;
  /** Variables that look like misspelt ones of ours; one sentence each. */
  readonly warnings: readonly string[];
}

interface Candidate {
  readonly source: string;
  readonly raw: unknown;
}

/**
 * Loads a configuration: flags, then `GANGWAY_*` variables, then the TOML file, then defaults.
 * @throws ConfigError with every problem found; GangwayError if the file cannot be read at all.
 */
export function loadConfig<S extends SettingTable>(
  settings: S,
  from: ConfigSources,
): LoadedConfig<S> {
  const path = configPath(from);
  const namedBy = from.file === undefined ? '--config, GANGWAY_CONFIG' : undefined;
  const file = path === undefined ? {} : readConfigFile(path, namedBy);
  const problems =
    path === undefined ? [] : unknownKeys(settings, from.alsoKnown ?? {}, path, file);
  const config: Record<string, unknown> = {};
  const sources: Record<string, string> = {};
  for (const [name, declared] of Object.entries(settings)) {
    const found = candidate(name, from, path, file);
    const read = found === undefined ? declared.default : parseCandidate(declared, found, problems);
    config[name] = read;
    sources[name] = found?.source ?? 'default';
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    config: config as ConfigOf<S>,
    sources: sources as Record<keyof S & string, string>,
    warnings: misspeltVariables({ ...from.alsoKnown, ...settings }, from.env),
  };
}

/** The configuration as lines `key = value (source)` for a log or `--help`; secrets are masked. */
export function describeConfig<S extends SettingTable>(
  settings: S,
  loaded: LoadedConfig<S>,
): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [name, declared] of Object.entries(settings)) {
    const source = loaded.sources[name] ?? 'default';
    shown[keyOf(name)] = `${display(declared, loaded.config[name])} (${source})`;
  }
  return shown;
}

function display(declared: Setting<unknown>, value: unknown): string {
  if (value === undefined) return 'not set';
  if (declared.secret === true) return MASK;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const MASK = '***';

function configPath(from: ConfigSources): string | undefined {
  if (from.file !== undefined) return from.file;
  if (typeof from.flags['config'] === 'string') return from.flags['config'];
  return from.env['GANGWAY_CONFIG'] === '' ? undefined : from.env['GANGWAY_CONFIG'];
}

function candidate(
  name: string,
  from: ConfigSources,
  path: string | undefined,
  file: FileValues,
): Candidate | undefined {
  const key = keyOf(name);
  const variable = variableOf(name);
  if (from.flags[name] !== undefined) return { source: `--${key}`, raw: from.flags[name] };
  const fromEnv = from.env[variable];
  if (fromEnv !== undefined && fromEnv !== '') return { source: variable, raw: fromEnv };
  if (Object.hasOwn(file, key)) return { source: `${path}: ${key}`, raw: file[key] };
  return undefined;
}

function parseCandidate(
  declared: Setting<unknown>,
  found: Candidate,
  problems: ConfigProblem[],
): unknown {
  if (declared.many !== true) return parseOne(declared, found, problems);
  const items = [found.raw].flat().flatMap((raw: unknown) => {
    return typeof raw === 'string' ? raw.split(',') : [raw];
  });
  return items.flatMap((raw) => parseOne(declared, { ...found, raw }, problems));
}

function parseOne(
  declared: Setting<unknown>,
  found: Candidate,
  problems: ConfigProblem[],
): unknown {
  const { raw, source } = found;
  if (!['string', 'number', 'boolean', 'bigint'].includes(typeof raw)) {
    const remedy = `Write one text or number: ${source.split(': ').at(-1)} = "…".`;
    problems.push({ source, value: undefined, problem: 'is a list, table or date', remedy });
    return undefined;
  }
  const parsed = declared.parse(String(raw));
  if (parsed.ok) return parsed.value;
  const value = declared.secret === true ? MASK : String(raw);
  problems.push({ source, value, problem: parsed.problem, remedy: parsed.remedy });
  return undefined;
}

function unknownKeys(
  settings: SettingTable,
  alsoKnown: SettingTable,
  path: string,
  file: FileValues,
): ConfigProblem[] {
  const known = [...new Set([...Object.keys(settings), ...Object.keys(alsoKnown)])].map(keyOf);
  return Object.keys(file)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const meant = suggest(key, known);
      const remedy =
        meant === undefined ? `Known keys: ${known.join(', ')}.` : `Did you mean "${meant}"?`;
      return { source: `${path}: ${key}`, value: undefined, problem: 'is no known key', remedy };
    });
}

/** Variables cannot be refused, because the other program's may be set too; near misses are named. */
function misspeltVariables(known: SettingTable, env: ConfigSources['env']): string[] {
  const variables = Object.keys(known).map(variableOf);
  const warnings: string[] = [];
  for (const name of Object.keys(env)) {
    if (!name.startsWith('GANGWAY_') || name === 'GANGWAY_CONFIG' || variables.includes(name))
      continue;
    const shortNames = variables.map((variable) => variable.slice('GANGWAY_'.length));
    const meant = suggest(name.slice('GANGWAY_'.length), shortNames);
    if (meant !== undefined) warnings.push(`${name} is not used; did you mean GANGWAY_${meant}?`);
  }
  return warnings;
}

function problemLine(found: ConfigProblem): string {
  const written = found.value === undefined ? '' : ` ${JSON.stringify(found.value)}`;
  return `${found.source}${written} ${found.problem}. ${found.remedy}`;
}
