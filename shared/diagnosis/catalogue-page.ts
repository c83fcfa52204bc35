import type { CatalogueEntry } from './explain.ts';
import { CLIENT_PROGRAMS } from './programs.ts';
import { PROGRAM_NAMES } from './steps.ts';

/** Whose side a cause is on, as people say it. */
const SIDES: Readonly<Record<CatalogueEntry['side'], string>> = {
  client: 'the user',
  relay: 'the relay',
  agent: 'the agent',
  server: 'the FTP server',
};

/** The catalogue as a page of the documentation, in Markdown. */
export function cataloguePage(entries: readonly CatalogueEntry[]): string {
  return `${[...head(entries), ...entries.flatMap(section)].join('\n')}\n`;
}

function head(entries: readonly CatalogueEntry[]): string[] {
  return [
    '# Why somebody cannot connect',
    '',
    'Every cause that Gangway recognises in what a client did, with what to tell the user and what to change. ' +
      'The dashboard shows the same with the facts of the visit (page "Why can\'t they connect?"). ' +
      'This page is made from the catalogue in `shared/diagnosis` by `npm run docs:findings`.',
    '',
    '| code | whose side | what |',
    '| --- | --- | --- |',
    ...entries.map(
      ({ code, side, title }) => `| [${code}](#${code}) | ${SIDES[side]} | ${title} |`,
    ),
    '',
  ];
}

function section(entry: CatalogueEntry): string[] {
  const { code, severity, side, title, what, why, webmaster, tellUser } = entry;
  return [
    `## ${code}`,
    '',
    `**${title}** (${severity}, ${SIDES[side]})`,
    '',
    `- What happened: ${what}`,
    `- Why: ${why}`,
    `- What to change: ${webmaster}`,
    '',
    ...words(tellUser),
    '',
  ];
}

/** Programs for which the same is said share a line. */
function words(tellUser: CatalogueEntry['tellUser']): string[] {
  const byText = Map.groupBy(CLIENT_PROGRAMS, (program) => tellUser[program]);
  if (byText.size === 1) return [`What to tell the user: ${tellUser.generic}`];
  const lines = [...byText].map(([text, programs]) => {
    const names = programs.map((program) =>
      program === 'generic' ? 'any other program' : PROGRAM_NAMES[program],
    );
    return `- ${names.join(', ')}: ${text}`;
  });
  return ['What to tell the user of', '', ...lines];
}
