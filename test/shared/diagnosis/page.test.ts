import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CATALOGUE } from '../../../shared/diagnosis/catalogue/all.ts';
import { findingsPage } from '../../../shared/diagnosis/page.ts';

const FILE = join(import.meta.dirname, '..', '..', '..', 'deploy', 'docs', 'findings.md');

test('the page of findings is what the catalogue says; npm run docs:findings writes it', () => {
  assert.equal(readFileSync(FILE, 'utf8'), findingsPage());
});

test('the page of findings has a section for each of them, and every link leads somewhere', () => {
  const page = findingsPage();
  for (const { code } of CATALOGUE) assert.ok(page.includes(`\n### ${code}\n`), code);
  const headings = new Set(
    [...page.matchAll(/^#{2,3} (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
  for (const [, anchor = ''] of page.matchAll(/\]\(#([^)]+)\)/g)) {
    assert.ok(headings.has(anchor), anchor);
  }
});
