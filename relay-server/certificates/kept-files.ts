import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemCode } from '../../shared/errors.ts';
import { unusable } from '../store/files.ts';

/** Files of a folder in the data directory, which only their owner can read. */
export class KeptFiles {
  readonly #dir: string;

  /** @param dir made with the first file */
  constructor(dir: string) {
    this.#dir = dir;
  }

  path(name: string): string {
    return join(this.#dir, name);
  }

  /** Undefined if there is none. @throws GangwayError `data-dir-unusable`. */
  async read(name: string): Promise<string | undefined> {
    try {
      return await readFile(this.path(name), 'utf8');
    } catch (cause) {
      if (systemCode(cause) === 'ENOENT') return undefined;
      throw unusable(this.path(name), cause);
    }
  }

  /** Replaces the file in one step, and is on the disk when it resolves. @throws as {@link read}. */
  async write(name: string, text: string): Promise<void> {
    const path = this.path(name);
    const fresh = `${path}.new`;
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const file = await open(fresh, 'w', 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(fresh, path);
    } catch (cause) {
      throw unusable(path, cause);
    }
  }
}
