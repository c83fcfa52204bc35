import type { PublicTls, ServerTlsKind, TlsPairing } from './tls-plan.ts';
import { PUBLIC_TLS, SERVER_TLS, setupName } from './tls-plan.ts';

/** How a pairing ended; `refused` is what must be refused and was. */
export interface TlsOutcome {
  readonly pairing: TlsPairing;
  readonly result: 'works' | 'refused' | 'failed';
}

/**
 * A Markdown table, client and mode × TLS of the server. A cell names the kinds of public TLS that work
 * with every server program, then what is refused and, for each program, what failed.
 */
export function tlsTable(outcomes: readonly TlsOutcome[]): string {
  const rows = new Map(outcomes.map((each) => [rowOf(each), each.pairing]));
  const lines = [...rows].map(([row]) => {
    const own = outcomes.filter((each) => rowOf(each) === row);
    const cells = SERVER_TLS.map((kind) => cellText(own, kind));
    return `| ${row} | ${cells.join(' | ')} |`;
  });
  const heads = SERVER_TLS.map((kind) => `server TLS ${kind}`);
  return [
    `| way | client | mode | ${heads.join(' | ')} |`,
    `|${' --- |'.repeat(heads.length + 3)}`,
    ...lines,
    '',
    ...reasons(outcomes),
  ].join('\n');
}

function rowOf({ pairing: { way, client } }: TlsOutcome): string {
  const over = client.family === 6 ? ' over IPv6' : '';
  return `${way} | ${client.name} | ${client.mode}${over}`;
}

function cellText(outcomes: readonly TlsOutcome[], kind: ServerTlsKind): string {
  const own = outcomes.filter(({ pairing }) => pairing.setup.kind === kind);
  const words = PUBLIC_TLS.flatMap((tls) => wordsOf(own, tls));
  return words.length === 0 ? '–' : words.join('; ');
}

function wordsOf(outcomes: readonly TlsOutcome[], tls: PublicTls): string[] {
  const own = outcomes.filter(({ pairing }) => pairing.tls === tls);
  if (own.length === 0) return [];
  const failed = own.filter(({ result }) => result === 'failed');
  if (failed.length > 0) {
    const where = failed.map(({ pairing }) => setupName(pairing.setup)).join(' and ');
    return [`**${tls} FAILED** with ${where} (of ${own.length})`];
  }
  return own.some(({ result }) => result === 'refused') ? [`${tls} refused`] : [tls];
}

function reasons(outcomes: readonly TlsOutcome[]): string[] {
  const lines = outcomes.flatMap(({ pairing: { mustFail, way } }) =>
    mustFail === undefined ? [] : [`- refused ${way}: ${mustFail}`],
  );
  return [...new Set(lines)];
}
