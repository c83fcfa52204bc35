import type { Command } from 'commander';
import { addSettings, loadFor } from '../../shared/command-line.ts';
import { gangwayVersion } from '../../shared/version.ts';
import type { Admin } from '../admin/admin.ts';
import { ADMIN_SETTINGS, RELAY_SETTINGS } from '../config.ts';

/** Flags of every command that administers a relay. */
export function administers(command: Command): Command {
  return addSettings(command, ADMIN_SETTINGS).option('--json', 'print JSON for programs');
}

/** What an administering command is given besides its own arguments. */
export interface Administration {
  readonly admin: Admin;
  /** The relay's URL, if it was named. */
  readonly relay: string | undefined;
}

/**
 * Runs a command against the relay it means and prints the answer: JSON with `--json`, else words.
 */
export async function administer<T>(
  command: Command,
  job: (on: Administration) => Promise<T>,
  words: (answer: T, on: Administration) => string | Promise<string>,
  options: { createDataDir?: boolean } = {},
): Promise<void> {
  const { dataDir, relay, ca, apiToken } = loadFor(command, ADMIN_SETTINGS, RELAY_SETTINGS).config;
  const { connectAdmin } = await import('../admin/connect.ts');
  const create = options.createDataDir === true;
  const target = { dataDir, relay, ca, apiToken, create, version: gangwayVersion() };
  const connection = await connectAdmin(target);
  const { admin } = connection;
  try {
    const answer = await job({ admin, relay });
    const json = command.opts<{ json?: boolean }>().json === true;
    const text = json ? JSON.stringify(answer, null, 2) : await words(answer, { admin, relay });
    process.stdout.write(`${text}\n`);
  } finally {
    await connection.close();
  }
}

/** What to do with a new enrolment code: the line to paste beside the FTP server. */
export async function pasteLine(
  admin: Admin,
  relay: string | undefined,
  code: string,
  serverAddress: string | null,
): Promise<string> {
  const url = relay ?? (await admin.status()).relayUrl;
  const server = serverAddress ?? '127.0.0.1:21';
  const hint =
    url === null ? '(URL is https://HOST:PORT of this relay, as the agent reaches it.)\n' : '';
  return (
    `Beside the FTP server, within 7 days:\n\n` +
    `  npx gangway agent --relay ${url ?? 'URL'} --code ${code} --server ${server}\n${hint}`
  );
}
