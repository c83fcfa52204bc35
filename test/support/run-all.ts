/**
 * `npm test`: types, lint, format and unused code first, then every test. What the tests need of real
 * servers, clients and a browser is installed where this is root on Debian; elsewhere it is said what is
 * missing, and the tests that need it are skipped, except with CI=true.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { ensureChromium, ensureDebianPackages, ensureNetworkTools } from './debian.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Test files at once. The interop suite is parallel in itself, most others wait for processes. */
const CONCURRENCY = 3;
/** No single file takes a third of this; one that hangs must not hang the run. */
const FILE_TIMEOUT_MS = 900_000;

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

run('npm', ['run', '--silent', 'check']);
for (const { missing } of [
  await ensureDebianPackages(),
  await ensureNetworkTools(),
  await ensureChromium(),
]) {
  for (const sentence of missing) console.log(`skipped: ${sentence}`);
}
const files = globSync('test/**/*.test.ts', { cwd: ROOT }).toSorted();
run(process.execPath, [
  '--test',
  `--test-concurrency=${CONCURRENCY}`,
  `--test-timeout=${FILE_TIMEOUT_MS}`,
  '--test-reporter=spec',
  ...files,
]);
