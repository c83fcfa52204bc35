import type { Stats } from 'node:fs';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { Refusal } from './refusal.ts';

/** One file or directory as a client sees it. */
export interface Entry {
  name: string;
  stats: Stats;
}

const NOT_FOUND = 'No such file or directory.';

/**
 * The folder that is served. Clients name files by virtual paths: absolute, `/` between names, the
 * root being the folder. No virtual path leads out of it, not by `..` and not by a symbolic link.
 */
export class FileTree {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  /** @throws the file system's error if `root` is not there */
  static async at(root: string): Promise<FileTree> {
    return new FileTree(await realpath(root));
  }

  /** The real path of what exists, symbolic links followed. */
  async existing(virtual: string): Promise<string> {
    const real = await realpath(this.#join(virtual));
    if (!this.#holds(real)) throw new Refusal(550, NOT_FOUND);
    return real;
  }

  /** The real path of a directory entry itself, which need not exist: links are not followed. */
  async entry(virtual: string): Promise<string> {
    if (virtual === '/') throw new Refusal(550, 'That is the root directory.');
    const parent = await this.existing(path.posix.dirname(virtual));
    return path.join(parent, path.posix.basename(virtual));
  }

  /** Opens a regular file for reading. */
  async openToRead(virtual: string): Promise<FileHandle> {
    // Not blocking: a FIFO without a writer would hold the session for ever.
    return openRegular(await this.existing(virtual), constants.O_RDONLY | flag('O_NONBLOCK'));
  }

  /** Opens a regular file for writing and creates it if asked; does not truncate it. */
  async openToWrite(virtual: string, how: 'create' | 'existing' | 'new'): Promise<FileHandle> {
    const real = how === 'new' ? await this.entry(virtual) : await this.#target(virtual);
    const create = {
      create: constants.O_CREAT,
      existing: 0,
      new: constants.O_CREAT | constants.O_EXCL,
    };
    return openRegular(real, constants.O_WRONLY | flag('O_NONBLOCK') | create[how]);
  }

  /** Facts about what exists, symbolic links followed. */
  async stats(virtual: string): Promise<Stats> {
    return stat(await this.existing(virtual));
  }

  /**
   * The entries of a directory by name. Left out are links that lead nowhere or out of the folder,
   * and names that no reply line can carry.
   */
  async *list(virtual: string): AsyncGenerator<Entry> {
    const directory = await this.existing(virtual);
    const names = await readdir(directory);
    for (const name of names.toSorted()) {
      if (/[\r\n]/.test(name)) continue;
      const stats = await this.#listed(path.join(directory, name), path.posix.join(virtual, name));
      if (stats !== undefined) yield { name, stats };
    }
  }

  async #listed(real: string, virtual: string): Promise<Stats | undefined> {
    const gone = () => undefined;
    const stats = await lstat(real).catch(gone);
    return stats?.isSymbolicLink() === true ? this.stats(virtual).catch(gone) : stats;
  }

  /** Where a write goes: through a link if there is one and it stays inside, else to the entry. */
  async #target(virtual: string): Promise<string> {
    const real = await this.entry(virtual);
    const found = await lstat(real).catch(() => undefined);
    return found?.isSymbolicLink() === true ? this.existing(virtual) : real;
  }

  #join(virtual: string): string {
    return path.join(this.#root, ...virtual.split('/'));
  }

  #holds(real: string): boolean {
    const inside = path.relative(this.#root, real);
    return inside !== '..' && !inside.startsWith(`..${path.sep}`) && !path.isAbsolute(inside);
  }
}

/**
 * The virtual path a client means: `argument` as UTF-8, seen from the directory `cwd`; `..` stops at
 * the root.
 * @throws Refusal if the argument is not UTF-8 or holds what this system cannot have in a name
 */
export function virtualPath(cwd: string, argument: Buffer): string {
  const text = decode(argument);
  if (process.platform === 'win32' && /[\\:]/.test(text))
    throw new Refusal(553, 'Not a valid name.');
  return path.posix.resolve('/', cwd, text);
}

function decode(argument: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(argument);
  } catch {
    throw new Refusal(553, 'File names are UTF-8 here.');
  }
}

async function openRegular(real: string, flags: number): Promise<FileHandle> {
  const handle = await open(real, flags | flag('O_NOFOLLOW'), 0o644);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new Refusal(550, 'Not a regular file.');
}

/** Windows lacks some flags. */
function flag(name: 'O_NOFOLLOW' | 'O_NONBLOCK'): number {
  return constants[name] ?? 0;
}
