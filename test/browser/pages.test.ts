import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPage, skip } from '../support/browser.ts';
import { startFixtureApi, type FixtureApi } from '../support/fixture-api/server.ts';
import { assertFits, THEMES, WIDTHS } from '../support/page-checks.ts';

/** Every page of this file by its name, where it is, and what is there when it has been read. */
const PAGES = [
  ['overview', '/', '.chart canvas'],
  ['tunnels', '/tunnels', 'table.data'],
  ['tunnel', '/tunnels/shop', 'text=4 sessions'],
  ['tunnel-waiting', '/tunnels/customer-010', '.tunnel-head'],
  ['tunnel-history', '/tunnels/shop?view=history', 'table.data'],
  ['tunnel-findings', '/tunnels/shop?view=findings', 'table.data'],
  ['tunnel-agents', '/tunnels/shop?view=agents', 'table.data'],
  ['tunnel-policy', '/tunnels/shop?view=policy', 'text=Only these clients'],
  ['tunnel-place', '/tunnels/shop?view=place', 'main'],
  ['new-tunnel', '/tunnels/new', 'h1'],
  ['sessions', '/sessions', 'table.data'],
  ['account', '/account', 'table.data'],
  ['nowhere', '/no/such/page', 'text=There is no such page'],
  ['why', '/why', 'table caption >> text=Visits'],
  ['why-story', '/why?session=p00006', '.timeline'],
  ['why-nobody', '/why?address=203.0.113.77', '.nothing-found'],
  ['doctor', '/doctor?tunnel=shop', 'text=No runs yet'],
  ['transfers', '/transfers', 'text=Under way'],
  ['agents', '/agents', 'table.data'],
  ['users', '/users', 'table.data'],
  ['tokens', '/tokens', 'table.data'],
  ['bans', '/bans', 'table.data'],
  ['audit', '/audit', 'table.data'],
  ['settings', '/settings', '.fingerprint'],
] as const;

describe('pages of the dashboard, with a made-up relay', { skip }, () => {
  let relay: FixtureApi;
  let browser: Browser;

  before(async () => {
    relay = await startFixtureApi();
    browser = await launchBrowser();
  });

  after(async () => {
    await browser?.close();
    await relay?.close();
  });

  for (const [name, path, ready] of PAGES) {
    for (const width of WIDTHS) {
      for (const theme of THEMES) {
        it(`${name} is accessible and fits at ${width} px, ${theme}`, async () => {
          const options = { viewport: { width, height: 900 }, colorScheme: theme } as const;
          const watched = await openPage(browser, relay.url, options);
          await watched.page.goto(relay.url + path);
          await watched.page.locator(ready).first().waitFor();
          await assertFits(watched, `${name}-${width}-${theme}`);
          await watched.close();
        });
      }
    }
  }
});
