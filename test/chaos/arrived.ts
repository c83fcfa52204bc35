import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Arrived } from './verdict.ts';

/** What is at `path`, and whether it is the beginning of the original. */
export async function whatArrived(path: string, original: string): Promise<Arrived | undefined> {
  const bytes = await stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
  if (bytes === undefined) return undefined;
  const right = (await sha256Start(path, bytes)) === (await sha256Start(original, bytes));
  return { bytes, right };
}

/** SHA-256 of a file's first bytes. */
async function sha256Start(path: string, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  if (bytes > 0) await pipeline(createReadStream(path, { end: bytes - 1 }), hash);
  return hash.digest('hex');
}
