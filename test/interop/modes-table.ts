import type { ServerMode } from '../../shared/gateway/server-mode.ts';
import { DATA_COMMANDS } from '../support/clients/index.ts';
import type { DataCommand } from '../support/clients/index.ts';
import type { ServerName } from '../support/servers/index.ts';

type Family = 4 | 6;

/** How the gateway works with a server, and over which family. */
export interface ServerPlace {
  readonly mode: ServerMode;
  readonly family: Family;
}

/** One cell: how the client works, and why there is no such way if there is none. */
export interface ModesCell {
  readonly mode: DataCommand;
  readonly family: Family;
  readonly noForm?: NoForm;
}

interface NoForm {
  readonly reason: string;
  /** What the client must read. */
  readonly said: RegExp;
}

export interface ModesOutcome extends ModesCell {
  readonly server: ServerName;
  readonly place: ServerPlace;
  readonly result: 'works' | 'no form' | 'failed';
}

export const LOOPBACK: Readonly<Record<Family, string>> = { 4: '127.0.0.1', 6: '::1' };
const FAMILIES: readonly Family[] = [4, 6];
/** `auto` is one of these, whichever the server can. */
const MODES: readonly ServerMode[] = ['epsv', 'pasv', 'active'];

/** Where servers are: each mode over each family. */
export const SERVER_PLACES: readonly ServerPlace[] = FAMILIES.flatMap((family) =>
  MODES.map((mode) => ({ mode, family })),
);
/** What a server answers to PASV over IPv6, where there is no address for it to name. */
const PASV_OVER_IPV6: Readonly<Record<ServerName, string>> = {
  vsftpd: '227 (0,0,0,0,226,173)',
  proftpd: '227 (1,137,89)',
  'pure-ftpd': '425',
  pyftpdlib: '227 (::1,139,145)',
};
/** The gateway takes the port of any address that is one; of these only vsftpd's is. */
const HAS_PORT = /\(\d+,\d+,\d+,\d+,\d+,\d+\)/;

/** Every way for a client to a server of that name at that place. */
export function cellsOf(server: ServerName, place: ServerPlace): ModesCell[] {
  return FAMILIES.flatMap((family) =>
    DATA_COMMANDS.map((mode) => {
      const noForm = noFormOf(server, place, { mode, family });
      return { mode, family, ...(noForm && { noForm }) };
    }),
  );
}

function noFormOf(server: ServerName, place: ServerPlace, client: ModesCell): NoForm | undefined {
  if (client.family === 6 && client.mode === 'PASV') {
    return { reason: 'PASV has no form for an IPv6 client', said: /use EPSV/ };
  }
  if (client.family === 6 && client.mode === 'PORT') {
    return { reason: 'PORT has no form for an IPv6 client', said: /use EPRT or EPSV/ };
  }
  const answer = PASV_OVER_IPV6[server];
  if (place.family === 6 && place.mode === 'pasv' && !HAS_PORT.test(answer)) {
    return {
      reason: `to PASV over IPv6 ${server} answers ${answer}`,
      said: /named no usable data port|cannot use PASV on IPv6/,
    };
  }
  return undefined;
}

/** A Markdown table, client × server; a number refers to the reasons below it. */
export function modesTable(outcomes: readonly ModesOutcome[]): string {
  const notes: string[] = [];
  const rows = FAMILIES.flatMap((family) =>
    DATA_COMMANDS.map((mode) => {
      const cells = SERVER_PLACES.map((place) => {
        const own = outcomes.filter(
          (each) => each.mode === mode && each.family === family && each.place === place,
        );
        return cellText(own, notes);
      });
      return `| ${mode} over IPv${family} | ${cells.join(' | ')} |`;
    }),
  );
  const heads = SERVER_PLACES.map(({ mode, family }) => `${mode} over IPv${family}`);
  return [
    `| client \\ server | ${heads.join(' | ')} |`,
    `|${' --- |'.repeat(heads.length + 1)}`,
    ...rows,
    '',
    ...notes.map((note, index) => `${index + 1}. ${note}`),
  ].join('\n');
}

/** One word when all servers agree, else one a server. */
function cellText(outcomes: readonly ModesOutcome[], notes: string[]): string {
  const words = outcomes.map((outcome) => ({ outcome, word: wordOf(outcome, notes) }));
  const distinct = [...new Set(words.map(({ word }) => word))];
  if (distinct.length <= 1) return distinct[0] ?? 'not run';
  return words.map(({ outcome, word }) => `${outcome.server} ${word}`).join(', ');
}

function wordOf({ result, noForm }: ModesOutcome, notes: string[]): string {
  if (result === 'failed') return '**FAILED**';
  if (noForm === undefined) return result;
  if (!notes.includes(noForm.reason)) notes.push(noForm.reason);
  return `– (${notes.indexOf(noForm.reason) + 1})`;
}
