import type { Command } from 'commander';
import { addFlags } from '../../shared/command-line.ts';
import { keyOf, loadConfig } from '../../shared/config.ts';
import type { PolicyChanges } from '../policy.ts';
import { POLICY_SETTINGS } from './policy-settings.ts';

/** Flags of a tunnel's policy as Commander hands them over, not yet parsed. */
export type PolicyFlags = {
  readonly [F in keyof typeof POLICY_SETTINGS]?: unknown;
} & {
  /** Path of the policy file. */
  readonly policy?: string;
};

const FIELDS = Object.keys(POLICY_SETTINGS) as (keyof typeof POLICY_SETTINGS)[];

/** The flags in one line, for messages. */
export const POLICY_FLAG_NAMES = `${FIELDS.map((field) => `--${keyOf(field)}`).join(', ')} and --policy`;

/** Adds the flags of a policy. Lists take several values, apart or with commas. */
export function policyFlags(command: Command): Command {
  return addFlags(command, POLICY_SETTINGS).option(
    '--policy <FILE>',
    'TOML file with flags of the policy as keys, like max-sessions = 20; flags win over it',
  );
}

/**
 * What the flags and the policy file change; undefined if nothing.
 * @throws ConfigError with every problem of both; GangwayError if the file cannot be read. Exit code 2.
 */
export function policyOf(flags: PolicyFlags): PolicyChanges | undefined {
  // Only these: other flags of the command have keys of their own, `--config` a file of its own.
  const given = Object.fromEntries(FIELDS.map((field) => [field, flags[field]]));
  const { config } = loadConfig(POLICY_SETTINGS, { flags: given, env: {}, file: flags.policy });
  const changes = Object.entries(config).filter(([, value]) => value !== undefined);
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}
