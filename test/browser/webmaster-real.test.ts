import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPage, skip, type WatchedPage } from '../support/browser.ts';
import { startRelay, type Relay, type TestTunnel } from '../support/gangway.ts';
import { assertFits } from '../support/page-checks.ts';
import { RawClient } from '../support/raw-client.ts';

const PASSWORD = 'correct horse battery staple';
/** Every page with every filter it knows. */
const PATHS = [
  '/why?address=203.0.113.7&hours=1&outcome=broken',
  '/why?user=anna&tunnel=shop&outcome=all',
  '/why?session=there-is-none',
  '/transfers?ok=false&direction=upload&tunnel=shop&user=anna&address=2001:db8::1&since=2026-01-01&until=2026-12-31',
  '/doctor?tunnel=shop',
  '/agents?tunnel=shop',
  '/bans?address=203.0.113.7',
  '/users',
  '/tokens',
  '/audit?actor=user&action=tunnel&target=shop&since=2026-01-01&until=2026-12-31',
  '/settings',
] as const;

describe('the webmaster’s pages of a real relay', { skip }, () => {
  let relay: Relay;
  let tunnel: TestTunnel;
  let browser: Browser;
  let watched: WatchedPage;

  before(async () => {
    relay = await startRelay({ flags: [`--admin-password=${PASSWORD}`] });
    tunnel = await relay.createTunnel('shop', { server: '127.0.0.1:21' });
    browser = await launchBrowser();
    const first = await openPage(browser, relay.url);
    await first.page.goto(`${relay.url}/users`);
    await first.page.getByLabel('User').fill('admin');
    await first.page.getByLabel('Password').fill(PASSWORD);
    await first.page.getByRole('button', { name: 'Sign in' }).click();
    await first.page.getByRole('heading', { level: 1, name: 'Users' }).waitFor();
    const storageState = await first.page.context().storageState();
    await first.close();
    watched = await openPage(browser, relay.url, { storageState });
  });

  after(async () => {
    await browser?.close();
    await relay?.stop();
  });

  for (const path of PATHS) {
    it(`asks the API for nothing that it refuses at ${path}`, async () => {
      const { page } = watched;
      const refused: string[] = [];
      page.on('response', (answer) => {
        const isMissing = answer.url().endsWith('/sessions/there-is-none');
        if (answer.status() >= 400 && !isMissing)
          refused.push(`${answer.status()} ${answer.url()}`);
      });
      await page.goto(relay.url + path);
      await page.locator('h1').waitFor();
      // The stream of events never ends, so the network is never idle: all that was asked for is there instead.
      await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
      page.removeAllListeners('response');
      assert.deepEqual(refused, []);
    });
  }

  it('shows a client who is turned away while one looks, with the sentence to send back', async () => {
    const { page, faults } = await openPage(browser, relay.url, {
      storageState: await watched.page.context().storageState(),
    });
    await page.goto(`${relay.url}/why`);
    await page.getByText('No visit is like that').waitFor();
    const client = await RawClient.connect(tunnel);
    await client.expect(421);
    await page.getByRole('link', { name: 'The agent beside the FTP server is away' }).click();
    assert.match(await page.locator('blockquote').innerText(), /not connected at this moment/);
    assert.match(await page.locator('.timeline').innerText(), /turned the client away: 421/);
    assert.match(page.url(), /\/why\?session=/);
    await assertFits({ page, faults, close: async () => {} }, 'why-turned-away');
  });
});
