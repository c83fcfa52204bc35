import { Option, type Command } from 'commander';
import { addExamples } from '../../shared/command-line.ts';
import { GangwayError } from '../../shared/errors.ts';
import { API_LIMITS } from '../limits.ts';
import { checkPassword } from '../access/passwords.ts';
import { checkUserName } from '../admin/store-access.ts';
import { newPassword } from '../store/secrets.ts';
import { ROLES, type Role, type UserView } from '../views/access.ts';
import { administer, administers } from './administer.ts';
import { moment, table } from './table.ts';

interface PasswordFlags {
  readonly passwordStdin?: boolean;
}

/** `gangway user …`. */
export function addUserCommands(program: Command): void {
  const user = program.command('user').description('who may log in to the dashboard');
  addExamples(
    user,
    'gangway user add anna --role admin',
    'gangway user passwd admin',
    'gangway user passwd anna --remove-second-factor',
    'gangway user list',
  );
  addAdd(user);
  addPasswd(user);
  addList(user);
  addDelete(user);
}

function addAdd(user: Command): void {
  const command = passwordFlag(user.command('add <NAME>'))
    .description('make a user, with a password to be changed at the first login')
    .addOption(
      new Option('--role <ROLE>', 'what he may do: look (viewer), or change everything (admin)')
        .choices([...ROLES])
        .default('viewer'),
    );
  administers(command).action(async (name: string, flags: PasswordFlags & { role: Role }) => {
    checkUserName(name);
    const { password, made } = await passwordFor(name, flags);
    await administer(
      command,
      async ({ admin }) => {
        const added = await admin.access.createUser({ name, role: flags.role, password });
        return { user: added, ...(made && { password }) };
      },
      () => `User ${name} may log in${words(password, made)}`,
      { createDataDir: true },
    );
  });
}

function addPasswd(user: Command): void {
  const command = passwordFlag(user.command('passwd <NAME>'))
    .description('give a user another password, to be changed at the next login; he is logged out')
    .option('--remove-second-factor', 'and take the second factor away, for who has lost it');
  administers(command).action(
    async (name: string, flags: PasswordFlags & { removeSecondFactor?: boolean }) => {
      const { password, made } = await passwordFor(name, flags);
      const totp = flags.removeSecondFactor === true ? { totp: false as const } : {};
      await administer(
        command,
        async ({ admin }) => {
          const changed = await admin.access.updateUser(name, { password, ...totp });
          return { user: changed, ...(made && { password }) };
        },
        () => `User ${name} may log in${words(password, made)}`,
      );
    },
  );
}

function addList(user: Command): void {
  const command = user.command('list').description('list the users');
  administers(command).action(() =>
    administer(
      command,
      async ({ admin }) => ({ users: await admin.access.listUsers() }),
      ({ users }) => userTable(users),
    ),
  );
}

function addDelete(user: Command): void {
  const command = user.command('delete <NAME>').description('delete a user; he is logged out');
  administers(command).action((name: string) =>
    administer(
      command,
      async ({ admin }) => {
        await admin.access.deleteUser(name);
        return { deleted: name };
      },
      () => `User ${name} is deleted.`,
    ),
  );
}

function passwordFlag(command: Command): Command {
  return command.option(
    '--password-stdin',
    'read the password from standard input; else one is made',
  );
}

async function passwordFor(
  name: string,
  { passwordStdin }: PasswordFlags,
): Promise<{ password: string; made: boolean }> {
  if (passwordStdin !== true) return { password: newPassword(), made: true };
  const password = await firstLine(process.stdin);
  checkPassword(password, name);
  return { password, made: false };
}

/** Without its end. @throws GangwayError `password-unfit` if it is far too long. */
async function firstLine(input: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.includes('\n')) break;
    if (text.length > 4 * API_LIMITS.secret)
      throw new GangwayError('password-unfit', 'that password is too long', { exitCode: 2 });
  }
  return (text.split('\n')[0] ?? '').replace(/\r$/, '');
}

function words(password: string, made: boolean): string {
  return made
    ? ` with this password, which is shown only now and is to be changed at once:\n\n  ${password}`
    : ' with the password you gave, which is to be changed at once.';
}

function userTable(users: readonly UserView[]): string {
  if (users.length === 0) return 'No users yet; the relay makes one when it starts.';
  const rows = users.map(({ name, role, disabled, totp, lastLoginAt }) => [
    name,
    role,
    disabled ? 'disabled' : 'may log in',
    totp ? 'yes' : 'no',
    moment(lastLoginAt),
  ]);
  return table(['NAME', 'ROLE', 'STATE', 'SECOND FACTOR', 'LAST LOGIN'], rows);
}
