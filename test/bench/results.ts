import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One section of the results. */
export interface Section {
  readonly title: string;
  readonly text: string;
}

const FILE = join(import.meta.dirname, 'results.md');
const HEAD = `# What Gangway reaches

Written by \`npm run bench\`; every section says how it was measured. Compare ratios within one section, not megabytes per second between machines.
`;

/** Replaces these sections in the file of results and keeps the others, in the order of the titles. */
export async function writeResults(
  sections: readonly Section[],
  titles: readonly string[],
): Promise<void> {
  const old = sectionsOf(await readFile(FILE, 'utf8').catch(() => ''));
  const texts = new Map([...old, ...sections].map(({ title, text }) => [title, text]));
  const kept = titles.flatMap((title) => {
    const text = texts.get(title);
    return text === undefined ? [] : [`\n## ${title}\n\n${text.trim()}\n`];
  });
  await writeFile(FILE, [HEAD, ...kept].join(''));
}

function sectionsOf(markdown: string): Section[] {
  return markdown
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const end = section.indexOf('\n');
      return { title: section.slice(0, end), text: section.slice(end) };
    });
}
