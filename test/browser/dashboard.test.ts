import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { ensureChromium } from '../support/debian.ts';
import { startRelay, type Relay } from '../support/gangway.ts';
import { launchChromium } from './chromium.ts';

const SHOTS = join(import.meta.dirname, '..', '.shots');
const WIDTHS = [360, 1280] as const;
const THEMES = ['light', 'dark'] as const;
const { missing, path } = await ensureChromium();
const skip = missing.length === 0 ? false : missing.join(' ');

describe('the dashboard page in a browser', { skip }, () => {
  let relay: Relay;
  let browser: Browser;

  before(async () => {
    await mkdir(SHOTS, { recursive: true });
    relay = await startRelay();
    browser = await launchChromium(path);
  });

  after(async () => {
    await browser?.close();
    await relay?.stop();
  });

  for (const width of WIDTHS) {
    for (const theme of THEMES) {
      it(`is readable at ${width} px, ${theme}, without errors and without other hosts`, async () => {
        const page = await browser.newPage({
          viewport: { width, height: 800 },
          colorScheme: theme,
        });
        const faults: string[] = [];
        page.on('console', (message) => {
          if (message.type() === 'error') faults.push(message.text());
        });
        page.on('pageerror', (error) => faults.push(error.message));
        page.on('request', (request) => {
          if (!request.url().startsWith(relay.url)) faults.push(request.url());
        });
        const answer = await page.goto(`${relay.url}/`);
        assert.equal(answer?.status(), 200);
        assert.match(answer?.headers()['content-security-policy'] ?? '', /default-src 'none'/);
        assert.match(await page.locator('h1').innerText(), /Gangway/);
        const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        assert.ok(Number(overflow) <= 0, `the page is ${String(overflow)} px too wide`);
        await page.screenshot({ path: join(SHOTS, `dashboard-${width}-${theme}.png`) });
        await page.close();
        assert.deepEqual(faults, []);
      });
    }
  }
});
