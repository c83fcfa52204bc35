import { createHash, timingSafeEqual } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { reply, type Reply } from '../../../shared/ftp/reply.ts';
import { FACTS } from './listings.ts';
import { Refusal } from './refusal.ts';
import type { Visit, VerbRow } from './visit.ts';

function user(visit: Visit, argument: Buffer): Reply {
  visit.login = { stage: 'named', user: argument.toString() };
  // The same answer for every name: nobody learns which ones exist (RFC 2577 §7).
  return reply(331, 'Password, please.');
}

async function pass(visit: Visit, argument: Buffer): Promise<Reply> {
  if (visit.login.stage !== 'named') throw new Refusal(503, 'USER comes first.');
  const rightUser = same(visit.login.user, visit.account.user);
  const rightPassword = same(argument.toString(), visit.account.password);
  if (rightUser && rightPassword) {
    visit.login = { stage: 'in' };
    visit.cwd = '/';
    return reply(230, 'Logged in.');
  }
  visit.login = { stage: 'none' };
  visit.failedLogins += 1;
  await pause(visit.limits.loginPause);
  if (visit.failedLogins < visit.limits.loginAttempts) return reply(530, 'Wrong user or password.');
  return reply(421, 'Too many failed logins.');
}

/** Compares without telling by the time it takes how much is right. */
function same(given: string, wanted: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(wanted));
}

function feat(): Reply {
  const facts = FACTS.map((fact) => `${fact}*;`).join('');
  const features = ['EPSV', 'MDTM', `MLST ${facts}`, 'PASV', 'REST STREAM', 'SIZE', 'TVFS', 'UTF8'];
  return reply(211, ['Features:', ...features.map((feature) => ` ${feature}`), 'End']);
}

function opts(visit: Visit, argument: Buffer): Reply {
  const text = argument.toString();
  if (/^utf-?8( on)?$/i.test(text)) return reply(200, 'UTF-8 is always on.');
  const wanted = /^mlst(?: (.*))?$/i.exec(text);
  if (wanted === null) throw new Refusal(501, 'No such option.');
  const names = new Set((wanted[1] ?? '').toLowerCase().split(';'));
  const facts = FACTS.filter((fact) => names.has(fact));
  visit.facts = new Set(facts);
  return reply(200, `MLST OPTS ${facts.map((fact) => `${fact};`).join('')}`.trim());
}

/** TYPE A is accepted and changes nothing: files are sent as they are, as most servers do. */
function type(_visit: Visit, argument: Buffer): Reply {
  if (!/^(A|A N|I|L 8|L8)$/i.test(argument.toString())) throw new Refusal(504, 'TYPE A or I only.');
  return reply(200, 'Files are sent as they are.');
}

function mode(_visit: Visit, argument: Buffer): Reply {
  if (argument.toString().toUpperCase() !== 'S') throw new Refusal(504, 'MODE S only.');
  return reply(200, 'Stream mode.');
}

function stru(_visit: Visit, argument: Buffer): Reply {
  if (argument.toString().toUpperCase() !== 'F') throw new Refusal(504, 'STRU F only.');
  return reply(200, 'File structure.');
}

/** By the time this runs the transfer it aborts has been answered with its 426. */
function abor(visit: Visit): Reply {
  visit.passive?.close();
  visit.passive = undefined;
  return reply(226, 'Nothing is being transferred now.');
}

/** Commands that are about the session and touch no file. */
export const ACCESS_VERBS: Record<string, VerbRow> = {
  USER: { beforeLogin: true, argument: 'required', run: user },
  PASS: { beforeLogin: true, argument: 'optional', run: pass },
  QUIT: { beforeLogin: true, argument: 'none', run: () => reply(221, 'Goodbye.') },
  NOOP: { beforeLogin: true, argument: 'none', run: () => reply(200, 'OK.') },
  SYST: { beforeLogin: true, argument: 'none', run: () => reply(215, 'UNIX Type: L8') },
  FEAT: { beforeLogin: true, argument: 'none', run: feat },
  OPTS: { beforeLogin: true, argument: 'required', run: opts },
  TYPE: { argument: 'required', run: type },
  MODE: { argument: 'required', run: mode },
  STRU: { argument: 'required', run: stru },
  ALLO: { argument: 'optional', run: () => reply(202, 'No need to allocate.') },
  ABOR: { argument: 'none', run: abor },
};
