import { reply, type Reply } from '../../../shared/ftp/reply.ts';

/** A command that is answered by a failure; thrown where it is found, answered in one place. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reply: Reply;

  /** @param code reply code, 4xx or 5xx */
  constructor(code: number, text: string) {
    super(text);
    this.reply = reply(code, text);
  }
}

/** What the file system says, and how FTP says it (RFC 959 §4.2.2). */
const FILE_FAILURES: ReadonlyMap<string, readonly [code: number, text: string]> = new Map([
  ['ENOENT', [550, 'No such file or directory.']],
  ['ENOTDIR', [550, 'Not a directory.']],
  ['EISDIR', [550, 'Is a directory.']],
  ['EEXIST', [550, 'It exists already.']],
  ['ENOTEMPTY', [550, 'The directory is not empty.']],
  ['EACCES', [550, 'Permission denied.']],
  ['EPERM', [550, 'Permission denied.']],
  ['ELOOP', [550, 'Permission denied.']],
  ['EINVAL', [550, 'Not possible.']],
  ['ENAMETOOLONG', [553, 'The name is too long.']],
  ['ENOSPC', [452, 'No space left.']],
  ['EDQUOT', [452, 'No space left.']],
  ['EMFILE', [450, 'Too many open files.']],
]);

/** Answers whatever a command threw. */
export function failureReply(error: unknown): Reply {
  if (error instanceof Refusal) return error.reply;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const row = FILE_FAILURES.get(code);
  return row === undefined ? reply(451, `Local error ${code}`.trim()) : reply(...row);
}
