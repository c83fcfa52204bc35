import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../relay-server/main.ts', import.meta.url));

/** What a command ended with. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `gangway …` as a process of its own with nothing of ours in its environment but `env`. */
export function gangway(
  args: readonly string[],
  env: Record<string, string> = {},
  { uid, input }: { uid?: number | undefined; input?: string } = {},
): Promise<Outcome> {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('GANGWAY_'));
  const options = {
    env: { ...Object.fromEntries(clean), ...env },
    ...(uid !== undefined && { uid, gid: uid }),
  };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], options, (_error, out, err) => {
      resolve({ code: child.exitCode ?? -1, out, err });
    });
    child.stdin?.end(input);
  });
}

/** What a command prints with `--json`. */
export async function json(
  args: readonly string[],
  env: Record<string, string>,
): Promise<Record<string, unknown>> {
  const { code, out, err } = await gangway([...args, '--json'], env);
  assert.equal(code, 0, err);
  return JSON.parse(out) as Record<string, unknown>;
}
