import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser, skip } from '../support/browser.ts';
import { startRelay, type Relay } from '../support/gangway.ts';

describe('the page that describes the API, in a browser', { skip }, () => {
  let relay: Relay;
  let browser: Browser;

  before(async () => {
    relay = await startRelay();
    browser = await launchBrowser();
  });

  after(async () => {
    await browser?.close();
    await relay?.stop();
  });

  it('shows every route under the strict policy, and asks this relay alone', async () => {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(relay.url) && !url.startsWith('data:')) faults.push(url);
    });
    await page.goto(`${relay.url}/api/docs`);
    await page.locator('.opblock-summary-path').first().waitFor();
    const shown = await page.locator('.opblock').count();
    const description = await fetch(`${relay.url}/api/v1/openapi.json`);
    const { paths } = (await description.json()) as { paths: Record<string, object> };
    const routes = Object.values(paths).flatMap((methods) => Object.keys(methods));
    assert.equal(shown, routes.length);
    await page.locator('.opblock-summary-control').first().click();
    await page.locator('.opblock-body .responses-wrapper').first().waitFor();
    assert.deepEqual(faults, []);
  });
});
