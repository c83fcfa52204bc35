import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

const MiB = 1024 * 1024;

const README = `This folder is served by Gangway's demo FTP server.

Everything here was made for the demo: look around, download, upload, rename, delete.
The FTP server listens on this machine only. You reached it through the relay's public
address, over the connection that the agent made from its side.

  large.bin              1 MB of noise, to see a transfer take a moment
  documents/             a folder
  Grüße & 你好.txt       a name with spaces and letters of several scripts
`;

/** The samples that are text, by their path. */
const TEXTS: Readonly<Record<string, string>> = {
  'README.txt': README,
  'documents/notes.txt': 'A file in a folder.\n',
  'documents/empty.txt': '',
  'Grüße & 你好.txt': 'Names are UTF-8.\n',
};

/**
 * Writes the demo's sample files into `dir`, which is made if it is not there. The files are the
 * same every time; those of the same name are replaced.
 */
export async function writeSamples(dir: string): Promise<void> {
  await mkdir(path.join(dir, 'documents'), { recursive: true });
  for (const [name, text] of Object.entries(TEXTS)) {
    await writeFile(path.join(dir, name), text);
  }
  await writeFile(path.join(dir, 'large.bin'), noise(MiB, 1));
}

/** Bytes that compress badly and are the same for the same seed (xorshift, 32 bits; seed not 0). */
function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let index = 0; index < length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state & 255;
  }
  return bytes;
}
