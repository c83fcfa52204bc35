import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPage, skip } from '../support/browser.ts';
import { startRelay, type Relay } from '../support/gangway.ts';
import { assertFits } from '../support/page-checks.ts';

const PASSWORD = 'a password for this test';

describe('the dashboard of a real relay in a browser', { skip }, () => {
  let relay: Relay;
  let browser: Browser;

  before(async () => {
    relay = await startRelay({ flags: [`--admin-password=${PASSWORD}`] });
    browser = await launchBrowser();
  });

  after(async () => {
    await browser?.close();
    await relay?.stop();
  });

  it('lets the first admin in and out again, under the strict policy', async () => {
    const watched = await openPage(browser, relay.url);
    const { page } = watched;
    const answer = await page.goto(`${relay.url}/tunnels`);
    assert.match(answer?.headers()['content-security-policy'] ?? '', /default-src 'none'/);
    await page.getByLabel('User').fill('admin');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Tunnels' }).waitFor();
    await page.getByText('No tunnels yet').waitFor();
    await assertFits(watched, 'real-tunnels');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goto(`${relay.url}/`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await watched.close();
  });

  it('makes a tunnel that the command line knows', async () => {
    const watched = await openPage(browser, relay.url);
    const { page } = watched;
    await page.goto(`${relay.url}/tunnels/new`);
    await page.getByLabel('User').fill('admin');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByLabel('Name').fill('from-the-page');
    await page.getByRole('button', { name: 'Make the tunnel' }).click();
    const line = page.getByRole('textbox', { name: 'the line' });
    await line.waitFor();
    const [, relayUrl] = /--relay (\S+) --code \S+ --server /.exec(await line.innerText()) ?? [];
    assert.equal(new URL(relayUrl ?? '').host, new URL(relay.url).host);
    await page.getByRole('link', { name: 'Go to the tunnel’s page' }).click();
    await page.getByRole('heading', { name: 'from-the-page' }).waitFor();
    await page.getByText('no agent yet').waitFor();
    await assertFits(watched, 'real-tunnel');
    await watched.close();
  });
});
