import { mkdir, rename, rmdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { reply, type Reply } from '../../../shared/ftp/reply.ts';
import { virtualPath } from './files.ts';
import { machineLine, timestamp, unixLine } from './listings.ts';
import { Refusal } from './refusal.ts';
import type { Visit, VerbRow } from './visit.ts';

function pwd(visit: Visit): Reply {
  return reply(257, `${quoted(visit.cwd)} is the current directory.`);
}

async function cwd(visit: Visit, argument: Buffer): Promise<Reply> {
  const virtual = virtualPath(visit.cwd, argument);
  if (!(await visit.files.stats(virtual)).isDirectory()) throw new Refusal(550, 'Not a directory.');
  visit.cwd = virtual;
  return reply(250, `${quoted(virtual)} is the current directory now.`);
}

async function size(visit: Visit, argument: Buffer): Promise<Reply> {
  const stats = await visit.files.stats(virtualPath(visit.cwd, argument));
  if (!stats.isFile()) throw new Refusal(550, 'Not a regular file.');
  return reply(213, String(stats.size));
}

async function mdtm(visit: Visit, argument: Buffer): Promise<Reply> {
  const stats = await visit.files.stats(virtualPath(visit.cwd, argument));
  return reply(213, timestamp(stats.mtime));
}

async function mlst(visit: Visit, argument: Buffer): Promise<Reply> {
  const virtual = virtualPath(visit.cwd, argument);
  const entry = { name: virtual, stats: await visit.files.stats(virtual) };
  return reply(250, ['Facts:', ` ${machineLine(entry, visit.facts)}`, 'End']);
}

async function dele(visit: Visit, argument: Buffer): Promise<Reply> {
  await unlink(await visit.files.entry(virtualPath(visit.cwd, argument)));
  return reply(250, 'Deleted.');
}

async function mkd(visit: Visit, argument: Buffer): Promise<Reply> {
  const virtual = virtualPath(visit.cwd, argument);
  await mkdir(await visit.files.entry(virtual));
  return reply(257, `${quoted(virtual)} was made.`);
}

async function rmd(visit: Visit, argument: Buffer): Promise<Reply> {
  await rmdir(await visit.files.entry(virtualPath(visit.cwd, argument)));
  return reply(250, 'Removed.');
}

async function rnfr(visit: Visit, argument: Buffer): Promise<Reply> {
  const virtual = virtualPath(visit.cwd, argument);
  await visit.files.stats(virtual);
  visit.renameFrom = await visit.files.entry(virtual);
  return reply(350, 'And the new name?');
}

async function rnto(visit: Visit, argument: Buffer): Promise<Reply> {
  const from = visit.renameFrom;
  visit.renameFrom = undefined;
  if (from === undefined) throw new Refusal(503, 'RNFR comes first.');
  await rename(from, await visit.files.entry(virtualPath(visit.cwd, argument)));
  return reply(250, 'Renamed.');
}

async function stat(visit: Visit, argument: Buffer): Promise<Reply> {
  if (argument.length === 0) {
    const doing = visit.transfer === undefined ? 'No transfer.' : 'A transfer is running.';
    return reply(211, ['Status:', ` ${doing}`, 'End']);
  }
  if (visit.login.stage !== 'in') throw new Refusal(530, 'Log in first.');
  const virtual = virtualPath(visit.cwd, argument);
  const stats = await visit.files.stats(virtual);
  if (!stats.isDirectory()) {
    const line = unixLine({ name: path.posix.basename(virtual), stats }, Date.now());
    return reply(213, ['Status:', ` ${line}`, 'End']);
  }
  const lines: string[] = [];
  for await (const entry of visit.files.list(virtual)) {
    lines.push(` ${unixLine(entry, Date.now())}`);
    if (lines.length === visit.limits.statEntries) break;
  }
  return reply(212, ['Status:', ...lines, 'End']);
}

/** RFC 959 appendix II: a quotation mark in a path is doubled. */
function quoted(virtual: string): string {
  return `"${virtual.replaceAll('"', '""')}"`;
}

const UP = Buffer.from('..');
const PWD: VerbRow = { argument: 'none', run: pwd };
const CWD: VerbRow = { argument: 'required', run: cwd };
const CDUP: VerbRow = { argument: 'none', run: (visit) => cwd(visit, UP) };
const MKD: VerbRow = { argument: 'required', run: mkd };
const RMD: VerbRow = { argument: 'required', run: rmd };

/** Commands that ask about files or change them, without a data connection; X forms by RFC 775. */
export const FILE_VERBS: Record<string, VerbRow> = {
  PWD,
  XPWD: PWD,
  CWD,
  XCWD: CWD,
  CDUP,
  XCUP: CDUP,
  MKD,
  XMKD: MKD,
  RMD,
  XRMD: RMD,
  DELE: { argument: 'required', run: dele },
  RNFR: { argument: 'required', run: rnfr },
  RNTO: { argument: 'required', run: rnto },
  SIZE: { argument: 'required', run: size },
  MDTM: { argument: 'required', run: mdtm },
  MLST: { argument: 'optional', run: mlst },
  STAT: { beforeLogin: true, duringTransfer: true, argument: 'optional', run: stat },
};
