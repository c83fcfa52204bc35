import type { TransferView } from '../views/sessions.ts';

type Cell = string | number | null;

/** The columns, and what of a transfer each shows. */
const COLUMNS: readonly (readonly [string, (transfer: TransferView) => Cell])[] = [
  ['started', ({ startedAt }) => new Date(startedAt).toISOString()],
  ['seconds', ({ ms }) => (ms / 1000).toFixed(3)],
  ['tunnel', ({ tunnel }) => tunnel],
  ['client', ({ client }) => client],
  ['user', ({ user }) => user],
  ['command', ({ verb }) => verb],
  ['name', ({ name }) => name],
  ['direction', ({ direction }) => direction],
  ['bytes', ({ bytes }) => bytes],
  ['size', ({ size }) => size],
  ['reply', ({ code }) => code],
  ['ok', ({ ok }) => (ok ? 'yes' : 'no')],
  ['broken', ({ broken }) => broken],
  ['session', ({ session }) => session],
];

/** The first line. */
export function csvHead(): string {
  return line(COLUMNS.map(([name]) => name));
}

/** A transfer as a line of RFC 4180. */
export function csvLine(transfer: TransferView): string {
  return line(COLUMNS.map(([, cell]) => cell(transfer)));
}

function line(cells: readonly Cell[]): string {
  return `${cells.map(cellText).join(',')}\r\n`;
}

/** How a text begins that a spreadsheet takes for a formula, in full width, too, as Japanese ones do. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/**
 * Texts that would be formulas begin with an apostrophe: names of files and users come from outside. Line breaks
 * inside quotes are allowed.
 */
function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
