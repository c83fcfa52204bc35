import { readFileSync } from 'node:fs';
import { text as textOf } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { addExamples } from '../../shared/command-line.ts';
import { GangwayError, systemCode } from '../../shared/errors.ts';
import { API_LIMITS } from '../limits.ts';
import { DOCTOR_LIMITS } from '../watch-limits.ts';
import type { Admin } from '../admin/admin.ts';
import type { DoctorRun, StartDoctor } from '../views/doctor.ts';
import { administer, administers } from './administer.ts';
import { doctorText } from './doctor-words.ts';

interface DoctorFlags {
  readonly user?: string;
  readonly passwordFile?: string;
  readonly passwordStdin?: boolean;
}

/** `gangway doctor`: exit code 1 if something failed. */
export function addDoctorCommand(program: Command): void {
  const command = program
    .command('doctor [TUNNEL]')
    .description('look at a tunnel from outside, at its FTP server and through it')
    .option('--user <USER>', 'an account of the FTP server to log in and transfer with')
    .option('--password-file <FILE>', 'file whose first line is its password')
    .option('--password-stdin', 'read the password from standard input');
  addExamples(
    administers(command),
    'gangway doctor',
    'gangway doctor shop --user test --password-file ./password',
    'gangway doctor shop --json',
  );
  command.action(async (name: string | undefined, flags: DoctorFlags) => {
    const account = await accountOf(flags);
    const done: { run?: DoctorRun } = {};
    await administer(
      command,
      async ({ admin }) => {
        const tunnel = name ?? (await onlyTunnel(admin));
        done.run = await runToItsEnd(admin, { tunnel, ...(account && { account }) });
        return { run: done.run };
      },
      ({ run }) => doctorText(run),
    );
    if (done.run?.result === 'failed')
      throw new GangwayError('doctor-failed', 'a check has failed');
  });
}

/** @throws GangwayError `password-missing`, `password-unreadable`; exit code 2. */
async function accountOf(flags: DoctorFlags): Promise<StartDoctor['account']> {
  const { user, passwordFile, passwordStdin } = flags;
  if (user === undefined) {
    if (passwordFile === undefined && passwordStdin !== true) return undefined;
    throw usage('user-missing', 'a password was given, and no user', 'Name the user with --user.');
  }
  const text = passwordStdin === true ? await textOf(process.stdin) : readPassword(passwordFile);
  const [password = ''] = text.split(/\r?\n/, 1);
  if (password.length <= API_LIMITS.secret) return { user, password };
  const most = `at most ${API_LIMITS.secret} characters`;
  throw usage('password-invalid', 'the password is too long', `Give one of ${most}.`);
}

function readPassword(path: string | undefined): string {
  if (path === undefined) {
    const remedy =
      'Give it with --password-file FILE or --password-stdin; others can see arguments.';
    throw usage('password-missing', 'there is no password for --user', remedy);
  }
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const why = systemCode(cause) ?? String(cause);
    throw usage(
      'password-unreadable',
      `cannot read ${path}: ${why}`,
      'Check the path and its rights.',
    );
  }
}

async function onlyTunnel(admin: Admin): Promise<string> {
  const tunnels = await admin.listTunnels();
  const [only, ...others] = tunnels;
  if (only !== undefined && others.length === 0) return only.name;
  const message = only === undefined ? 'there is no tunnel yet' : 'there are several tunnels';
  const names = tunnels.map(({ name }) => name).join(', ');
  const remedy =
    only === undefined ? 'Make one: `gangway tunnel create NAME`.' : `Name one: ${names}.`;
  throw usage('tunnel-missing', message, remedy);
}

async function runToItsEnd(admin: Admin, wanted: StartDoctor): Promise<DoctorRun> {
  let run = await admin.startDoctor(wanted);
  while (run.result === 'running') {
    await delay(DOCTOR_LIMITS.poll);
    run = await admin.doctorRun(run.id);
  }
  return run;
}

function usage(code: string, message: string, remedy: string): GangwayError {
  return new GangwayError(code, message, { remedy, exitCode: 2 });
}
