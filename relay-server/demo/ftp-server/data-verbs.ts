import { isIPv4 } from 'node:net';
import { formatEpsv, formatPasv } from '../../../shared/ftp/address.ts';
import { reply, type Reply } from '../../../shared/ftp/reply.ts';
import { PassiveData } from './passive-data.ts';
import { Refusal } from './refusal.ts';
import type { Visit, VerbRow } from './visit.ts';

async function pasv(visit: Visit): Promise<Reply> {
  if (visit.epsvOnly) throw new Refusal(503, 'EPSV ALL is in force.');
  if (!isIPv4(visit.local)) throw new Refusal(425, 'PASV needs IPv4; use EPSV.');
  return reply(227, formatPasv({ host: visit.local, port: await listen(visit) }));
}

async function epsv(visit: Visit, argument: Buffer): Promise<Reply> {
  const wanted = argument.toString().trim().toUpperCase();
  const own = isIPv4(visit.local) ? '1' : '2';
  if (wanted === 'ALL') {
    visit.epsvOnly = true;
    return reply(200, 'EPSV only from now on.');
  }
  if (wanted !== '' && wanted !== own) throw new Refusal(522, `Use protocol (${own}).`);
  return reply(229, formatEpsv(await listen(visit)));
}

/** The set-up before this one is void, and its port refuses. */
async function listen(visit: Visit): Promise<number> {
  visit.passive?.close();
  visit.passive = undefined;
  const passive = await PassiveData.listen(visit.local, visit.peer);
  visit.passive = passive;
  if (visit.over.aborted) passive.close();
  return passive.port ?? 0;
}

function rest(visit: Visit, argument: Buffer): Reply {
  const text = argument.toString().trim();
  if (!/^\d{1,15}$/.test(text)) throw new Refusal(501, 'REST takes a number of bytes.');
  visit.restart = Number(text);
  return reply(350, `The next transfer starts at ${visit.restart}.`);
}

function active(): Reply {
  throw new Refusal(502, 'Active mode is not offered here; use passive mode.');
}

/** Commands that prepare a transfer. */
export const DATA_VERBS: Record<string, VerbRow> = {
  PASV: { argument: 'none', run: pasv },
  EPSV: { argument: 'optional', run: epsv },
  REST: { argument: 'required', run: rest },
  PORT: { argument: 'optional', run: active },
  EPRT: { argument: 'optional', run: active },
};
