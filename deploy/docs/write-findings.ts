/** Writes the page of findings beside this file: `npm run docs:findings`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findingsPage } from '../../shared/diagnosis/page.ts';

writeFileSync(join(import.meta.dirname, 'findings.md'), findingsPage());
