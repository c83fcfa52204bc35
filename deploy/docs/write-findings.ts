import { writeFileSync } from 'node:fs';
import { cataloguePage } from '../../shared/diagnosis/catalogue-page.ts';
import { catalogueEntries } from '../../shared/diagnosis/explain.ts';

// `npm run docs:findings`: the page is in the repository, and a test says when it is out of date.
writeFileSync(new URL('findings.md', import.meta.url), cataloguePage(catalogueEntries()));
