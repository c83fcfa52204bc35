import { CATALOGUE, THEMES } from './catalogue/all.ts';
import type { Cause } from './cause.ts';
import { CLIENT_PROGRAMS, type ClientProgram } from './programs.ts';
import { STEPS } from './remedies/all.ts';
import { withoutFacts } from './words.ts';

const PROGRAM_NAMES: Readonly<Record<ClientProgram, string>> = {
  filezilla: 'FileZilla',
  winscp: 'WinSCP',
  explorer: 'Windows Explorer',
  'ftp-exe': 'ftp.exe of Windows',
  lftp: 'lftp',
  curl: 'curl',
  'total-commander': 'Total Commander',
  flashfxp: 'FlashFXP',
  cuteftp: 'CuteFTP',
  finder: 'Finder of macOS',
  generic: 'Any other program',
};

const HEAD = `# Findings

Every cause that Gangway finds in the visits of FTP clients, as the dashboard and the API name it. Made from
\`shared/diagnosis/catalogue\` by \`npm run docs:findings\`; do not edit it by hand. ‹Words in angles› stand for
what is different each time.

*error*: it has hindered somebody. *warning*: it may hinder. *info*: it was seen and is harmless.
`;

/** The catalogue as a page of the docs, in Markdown. */
export function findingsPage(): string {
  const themes = THEMES.map(
    ({ title, causes }) => `## ${title}\n\n${causes.map(section).join('\n')}`,
  );
  return [HEAD, overview(), ...themes, steps()].join('\n');
}

function overview(): string {
  const rows = CATALOGUE.map(
    ({ code, title, side, severity }) =>
      `| [${code}](#${code}) | ${title} | ${side} | ${severity} |`,
  );
  const head = ['| finding | what it is | side | severity |', '| --- | --- | --- | --- |'];
  return `${[...head, ...rows].join('\n')}\n`;
}

function section(cause: Cause): string {
  const { code, title, side, severity, what, why, webmaster, tell } = cause;
  return `### ${code}

**${title}** · ${side} · ${severity}

${withoutFacts(what)}

- **Why**: ${withoutFacts(why)}
- **Change here**: ${withoutFacts(webmaster)}
- **Tell the user**: ${withoutFacts(tell)} ${remedyText(cause)}
`;
}

/** The steps where they are the same for all programs, or where they are found. */
function remedyText({ remedy }: Cause): string {
  const steps = STEPS.find((one) => one.remedy === remedy);
  return steps === undefined
    ? withoutFacts(remedy.generic)
    : `(then: [${steps.title}](#${anchor(steps.title)}))`;
}

function steps(): string {
  const parts = STEPS.map(({ title, remedy }) => {
    const lines = CLIENT_PROGRAMS.map(
      (program) => `- **${PROGRAM_NAMES[program]}**: ${remedy[program]}`,
    );
    return `### ${title}\n\n${lines.join('\n')}\n`;
  });
  return `## Steps for each program\n\n${parts.join('\n')}`;
}

/** The anchor that a heading gets on GitHub and elsewhere. */
function anchor(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
}
