import { AxeBuilder } from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { WatchedPage } from './browser.ts';

const SHOTS = join(import.meta.dirname, '..', '.shots');

/** Pixels of a phone and of a desktop that pages are looked at with. */
export const WIDTHS = [360, 1280] as const;
export const THEMES = ['light', 'dark'] as const;

/**
 * Asserts that a page as it is has no error, no fault of accessibility and nothing wider than the window, and
 * lays a picture of it into test/.shots to be looked at.
 * @param name of the picture
 */
export async function assertFits({ page, faults }: WatchedPage, name: string): Promise<void> {
  await mkdir(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
  const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  assert.ok(Number(overflow) <= 0, `the page is ${String(overflow)} px too wide`);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join('\n')}`);
  assert.deepEqual(found, []);
  assert.deepEqual(faults, []);
}
