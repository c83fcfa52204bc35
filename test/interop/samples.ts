import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { RealServer } from '../support/servers/index.ts';

/** A file to send and to fetch. */
export interface Sample {
  /** As it appears in test names. */
  readonly label: string;
  readonly file: string;
  readonly bytes: Buffer;
  readonly sha256: string;
}

/** The four sizes every pair of client and server transfers both ways. */
export const SAMPLE_SIZES: Readonly<Record<string, number>> = {
  '0 B': 0,
  '1 B': 1,
  '100 KB': 100_000,
  '64 MB': 64 * 1024 * 1024,
};
/** How many files lftp mirrors; enough for hundreds of data connections in a few seconds. */
export const MIRROR_FILES = 500;

/** Random samples, of all sizes unless some are named: nothing on the way can guess, cache or compress them. */
export function makeSamples(labels: readonly string[] = Object.keys(SAMPLE_SIZES)): Sample[] {
  return labels.map((label) => {
    const bytes = randomBytes(SAMPLE_SIZES[label] ?? 0);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { label, file: `${label.replace(' ', '-')}.bin`, bytes, sha256 };
  });
}

/** The sample with that label. */
export function sampleOf(samples: readonly Sample[], label: string): Sample {
  const found = samples.find((sample) => sample.label === label);
  if (found === undefined) throw new Error(`there is no sample of ${label}`);
  return found;
}

/** SHA-256 of a file as hex, read as a stream. @throws Error when it is not there. */
export async function sha256File(path: string | Buffer): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Puts the samples into `folder`, which is made. */
export async function writeSamples(folder: string, samples: readonly Sample[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const sample of samples) await writeFile(join(folder, sample.file), sample.bytes);
}

/** A folder of {@link MIRROR_FILES} small files of different sizes; returns their names, sorted. */
export async function writeMirrorFolder(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const names = Array.from(
    { length: MIRROR_FILES },
    (_, n) => `file-${String(n).padStart(3, '0')}`,
  );
  for (const [n, name] of names.entries()) await writeFile(join(folder, name), randomBytes(n * 7));
  return names;
}

/** Makes a folder the server's user may write to. */
export async function makeOwned(server: RealServer, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chown(folder, server.owner.uid, server.owner.gid);
}
