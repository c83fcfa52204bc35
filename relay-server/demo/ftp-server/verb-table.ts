import { VERBS } from '../../../shared/ftp/command.ts';
import { reply, type Reply } from '../../../shared/ftp/reply.ts';
import { ACCESS_VERBS } from './access-verbs.ts';
import { DATA_VERBS } from './data-verbs.ts';
import { FILE_VERBS } from './file-verbs.ts';
import { Refusal } from './refusal.ts';
import { TRANSFER_VERBS } from './transfer-verbs.ts';
import type { Visit, VerbRow } from './visit.ts';

const HELP: VerbRow = { beforeLogin: true, argument: 'optional', run: help };

/** Every command the demo's server knows. */
export const VERB_TABLE: ReadonlyMap<string, VerbRow> = new Map(
  Object.entries({ ...ACCESS_VERBS, ...FILE_VERBS, ...DATA_VERBS, ...TRANSFER_VERBS, HELP }),
);

/**
 * The row of a command that may be used now.
 * @throws Refusal 500 for an unknown command, 502 for one this server does not do, 530 without
 *   login, 501 without the argument it needs
 */
export function rowFor(visit: Visit, verb: string, argument: Buffer): VerbRow {
  const row = VERB_TABLE.get(verb);
  if (row === undefined) {
    throw VERBS.has(verb)
      ? new Refusal(502, 'Not done here.')
      : new Refusal(500, 'Unknown command.');
  }
  if (row.beforeLogin !== true && visit.login.stage !== 'in')
    throw new Refusal(530, 'Log in first.');
  if (row.argument === 'required' && argument.length === 0) {
    throw new Refusal(501, `${verb} needs an argument.`);
  }
  return row;
}

function help(): Reply {
  const verbs = [...VERB_TABLE.keys()].toSorted().join(' ');
  return reply(214, ['Commands:', ` ${verbs}`, 'End']);
}
