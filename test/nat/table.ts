import { CLIENTS, MODES, ROWS } from './expected.ts';
import type { Row } from './expected.ts';
import type { ClientName, Mode } from './programs.ts';

/** How one cell came out. */
export interface Outcome {
  readonly row: Row;
  readonly mode: Mode;
  readonly client: ClientName;
  /** `works`, the reply that the client read, or why there is no such visit. */
  readonly result: string;
  readonly kind: 'works' | 'told' | 'none' | 'failed';
}

/** A Markdown table, place × mode; a number refers to the replies and reasons below it. */
export function natTable(outcomes: readonly Outcome[]): string {
  const notes: string[] = [];
  const rows = ROWS.map((row) => {
    const cells = MODES.map((mode) =>
      cellOf(
        outcomes.filter((each) => each.row === row && each.mode === mode),
        notes,
      ),
    );
    const tls = row.tls === true ? 'yes' : 'no';
    return `| ${row.label} | ${row.port} | ${tls} | ${cells.join(' | ')} |`;
  });
  return [
    `| Client's place | Port | TLS | ${MODES.join(' | ')} |`,
    `|${' --- |'.repeat(MODES.length + 3)}`,
    ...rows,
    '',
    ...notes.map((note, index) => `${index + 1}. ${note}`),
  ].join('\n');
}

/** One word when all programs agree, else one a program. */
function cellOf(outcomes: readonly Outcome[], notes: string[]): string {
  const words = CLIENTS.map((client) => {
    const found = outcomes.find((each) => each.client === client);
    return found === undefined ? 'not run' : wordOf(found, notes);
  });
  const [first = ''] = words;
  if (words.every((word) => word === first)) return first;
  return words.map((word, index) => `${CLIENTS[index]} ${word}`).join(', ');
}

function wordOf({ kind, result }: Outcome, notes: string[]): string {
  if (kind === 'works') return 'works';
  if (kind === 'failed') return '**FAILED**';
  if (!notes.includes(result)) notes.push(result);
  const number = notes.indexOf(result) + 1;
  return kind === 'told' ? `reply (${number})` : `– (${number})`;
}
