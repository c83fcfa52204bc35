import { CommanderError, Option } from 'commander';
import type { Command } from 'commander';
import { keyOf, loadConfig, variableOf } from './config.ts';
import type { LoadedConfig, Setting, SettingTable } from './config.ts';
import { errorText, GangwayError } from './errors.ts';

/** Adds a flag for each setting, and `--config FILE`. Defaults stay with the loader, so that a flag not given is not a value. */
export function addSettings(command: Command, settings: SettingTable): Command {
  for (const [name, declared] of Object.entries(settings))
    command.addOption(option(name, declared, ` [${variableOf(name)}]`));
  return command.option('--config <FILE>', 'read settings from a TOML file [GANGWAY_CONFIG]');
}

/**
 * Adds a flag for each setting that no variable names; a switch has its `--no-` too. The values are as
 * they were written, for {@link loadConfig} to read.
 */
export function addFlags(command: Command, settings: SettingTable): Command {
  for (const [name, declared] of Object.entries(settings)) {
    command.addOption(option(name, declared, ''));
    if (declared.placeholder === undefined)
      command.option(`--no-${keyOf(name)}`, `the opposite of --${keyOf(name)}`);
  }
  return command;
}

function option(name: string, declared: Setting<unknown>, note: string): Option {
  const { placeholder, many } = declared;
  const value = placeholder === undefined ? '' : ` <${placeholder}${many === true ? '...' : ''}>`;
  const preset = defaultText(declared);
  const notes = `${preset === undefined ? '' : ` (default ${preset})`}${note}`;
  return new Option(`--${keyOf(name)}${value}`, `${declared.description}${notes}`);
}

function defaultText(declared: Setting<unknown>): string | undefined {
  if (declared.defaultText !== undefined) return declared.defaultText;
  return ['string', 'number'].includes(typeof declared.default)
    ? String(declared.default)
    : undefined;
}

/** Adds a section "Examples" to a command's help. */
export function addExamples(command: Command, ...examples: readonly string[]): Command {
  return command.addHelpText(
    'after',
    `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`,
  );
}

/**
 * Loads the settings of a command that was just parsed; misspelt variables are named on stderr.
 * @throws ConfigError, GangwayError with exit code 2.
 */
export function loadFor<S extends SettingTable>(
  command: Command,
  settings: S,
  alsoKnown: SettingTable = {},
): LoadedConfig<S> {
  const loaded = loadConfig(settings, {
    flags: command.optsWithGlobals<Record<string, unknown>>(),
    env: process.env,
    alsoKnown,
  });
  for (const warning of loaded.warnings) process.stderr.write(`gangway: ${warning}\n`);
  return loaded;
}

/**
 * Runs a program to its end and returns the exit code: 0 ok, 1 failed, 2 wrong usage or configuration.
 * @param program built with `exitOverride()` before its commands were added.
 * @param args the arguments without program and script.
 */
export async function runProgram(program: Command, args: readonly string[]): Promise<number> {
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`${prefixed(errorText(error))}\n`);
    return error instanceof GangwayError ? error.exitCode : 1;
  }
}

function prefixed(text: string): string {
  return text.replace(/^/gm, 'gangway: ');
}
