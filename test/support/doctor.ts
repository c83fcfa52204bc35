import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckView, DoctorRun } from '../../relay-server/views/doctor.ts';
import { runGangway, type Relay } from './gangway.ts';

/** A run of `gangway doctor`, with its checks by code. */
export interface Examined {
  readonly status: number | null;
  readonly run: DoctorRun;
  /** @throws Error if there is no such check */
  readonly check: (code: string) => CheckView;
  /** Codes of the checks with this result, in order. */
  readonly codes: (result: CheckView['result']) => string[];
}

export interface ExamineOptions {
  /** Without one nobody logs in. */
  readonly account?: { readonly user: string; readonly password: string };
  readonly tunnel?: string;
  /** As with `runGangway`. */
  readonly within?: readonly string[];
}

/** Runs the doctor by the command line. @throws Error with its output when it answers no run. */
export async function examine(
  { dataDir }: Pick<Relay, 'dataDir'>,
  { account, tunnel = 'ftp', within = [] }: ExamineOptions = {},
): Promise<Examined> {
  const folder = await mkdtemp(join(tmpdir(), 'gangway-doctor-'));
  try {
    const file = join(folder, 'password');
    await writeFile(file, `${account?.password ?? ''}\n`, { mode: 0o600 });
    const login = account === undefined ? [] : ['--user', account.user, '--password-file', file];
    const args = ['doctor', tunnel, ...login, '--data-dir', dataDir, '--json'];
    const { status, stdout, output } = await runGangway(args, within);
    if (stdout === '') throw new Error(`gangway doctor: ${output}`);
    const { run } = JSON.parse(stdout) as { run: DoctorRun };
    const check = (code: string): CheckView => {
      const found = run.checks.find((each) => each.code === code);
      if (found === undefined) throw new Error(`no check ${code} in ${stdout}`);
      return found;
    };
    const codes: Examined['codes'] = (result) =>
      run.checks.filter((each) => each.result === result).map(({ code }) => code);
    return { status, run, check, codes };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
