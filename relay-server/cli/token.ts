import { Option, type Command } from 'commander';
import { addExamples } from '../../shared/command-line.ts';
import type { Parser } from '../../shared/config.ts';
import { duration } from '../../shared/config/values.ts';
import { GangwayError } from '../../shared/errors.ts';
import { API_LIMITS } from '../limits.ts';
import { ROLES, type Role, type TokenView } from '../views/access.ts';
import { administer, administers } from './administer.ts';
import { parsed } from './parsed.ts';
import { moment, table } from './table.ts';

const DAY = 86_400_000;

/** `gangway token …`. */
export function addTokenCommands(program: Command): void {
  const token = program.command('token').description('API tokens for scripts and --relay');
  addExamples(
    token,
    'gangway token create backup-script',
    'gangway token create monitor --role viewer --expires 90d',
    'gangway token list',
  );
  addCreate(token);
  addList(token);
  addRevoke(token);
}

function addCreate(token: Command): void {
  const command = token
    .command('create <NAME>')
    .description('make an API token; it is shown once')
    .addOption(
      new Option('--role <ROLE>', 'what it may do: look (viewer), or change everything (admin)')
        .choices([...ROLES])
        .default('admin'),
    )
    .option('--expires <TIME>', 'when it ends, like 90d or 12h; never if left out', parsed(life));
  addExamples(
    administers(command),
    'gangway token create backup-script',
    'gangway token create monitor --role viewer --expires 90d',
  );
  command.action(async (name: string, flags: { role: Role; expires?: number }) => {
    if (name === '' || name.length > API_LIMITS.displayName) {
      throw new GangwayError('token-name-invalid', 'that cannot be the name of a token', {
        remedy: `Give it 1 to ${API_LIMITS.displayName} characters.`,
        exitCode: 2,
      });
    }
    const expiresAt = flags.expires === undefined ? null : Date.now() + flags.expires;
    await administer(
      command,
      ({ admin }) => admin.access.createToken({ name, role: flags.role, expiresAt }),
      ({ token: secret }) => `${secret}\n\nKeep it; it is not shown again.`,
      { createDataDir: true },
    );
  });
}

function addList(token: Command): void {
  const command = token.command('list').description('list the API tokens');
  administers(command).action(() =>
    administer(
      command,
      async ({ admin }) => ({ tokens: await admin.access.listTokens() }),
      ({ tokens }) => tokenTable(tokens),
    ),
  );
}

function addRevoke(token: Command): void {
  const command = token
    .command('revoke <ID>')
    .description('end an API token at once; `token list` shows the ids');
  administers(command).action((id: string) =>
    administer(
      command,
      async ({ admin }) => {
        await admin.access.revokeToken(id);
        return { revoked: id };
      },
      () => `Token ${id} is revoked.`,
    ),
  );
}

function tokenTable(tokens: readonly TokenView[]): string {
  if (tokens.length === 0) return 'No tokens yet; `gangway token create NAME` makes one.';
  const rows = tokens.map(({ id, name, role, createdAt, lastUsedAt, expiresAt }) => [
    id,
    name,
    role,
    moment(createdAt),
    moment(lastUsedAt),
    moment(expiresAt),
  ]);
  return table(['ID', 'NAME', 'ROLE', 'MADE', 'LAST USED', 'ENDS'], rows);
}

/** A time span, in days too. Milliseconds. */
const life: Parser<number> = (raw) => {
  const days = /^(\d{1,5})d$/.exec(raw)?.[1];
  if (days !== undefined && Number(days) > 0) return { ok: true, value: Number(days) * DAY };
  const span = duration(raw);
  if (span.ok && span.value > 0) return span;
  return { ok: false, problem: 'is not a time span', remedy: 'Write it like 90d, 12h or 30m.' };
};
