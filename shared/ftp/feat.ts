import { reply as makeReply, type Reply } from './reply.ts';

/**
 * Changes a FEAT reply (RFC 2389 §3.2): a gateway must not promise what it does not pass on, and
 * must promise what it does itself. Everything else stays verbatim.
 *
 * A feature is known by its first word. A server without FEAT (500 or 502) gets a 211 that lists
 * what was added; any other refusal stays as it is.
 * @param remove first words of features to leave out, upper-case
 * @param add whole features, for example `REST STREAM`; those the server has already are not repeated
 */
export function editFeat(reply: Reply, remove: ReadonlySet<string>, add: readonly string[]): Reply {
  if (reply.code === 500 || reply.code === 502) return add.length === 0 ? reply : listing(add);
  if (reply.code !== 211) return reply;
  const first = reply.lines[0];
  const last = reply.lines.at(-1);
  if (first === undefined || last === undefined || reply.lines.length === 1) {
    return add.length === 0 ? reply : listing(add);
  }
  const kept = reply.lines.slice(1, -1).filter((line) => !remove.has(featureOf(line)));
  const present = new Set(kept.map(featureOf));
  const added = add.filter((feature) => !present.has(firstWord(feature)));
  const addedLines = added.map((feature) => Buffer.from(` ${feature}`));
  return { code: 211, lines: [first, ...kept, ...addedLines, last] };
}

function listing(features: readonly string[]): Reply {
  return makeReply(211, ['Features:', ...features.map((feature) => ` ${feature}`), 'End']);
}

/** Some servers write `211-UTF8` where RFC 2389 wants ` UTF8`. */
function featureOf(line: Buffer): string {
  return firstWord(line.toString('latin1').replace(/^211-/, ''));
}

function firstWord(feature: string): string {
  return (/[^ \t]+/.exec(feature)?.[0] ?? '').toUpperCase();
}
