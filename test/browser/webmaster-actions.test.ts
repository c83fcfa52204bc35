import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser, openPage, skip, type WatchedPage } from '../support/browser.ts';
import { startFixtureApi, type FixtureApi } from '../support/fixture-api/server.ts';
import { lineGoes } from '../support/fixture-api/tunnel-routes.ts';
import { tunnel } from '../support/fixture-api/tunnels.ts';
import { assertFits } from '../support/page-checks.ts';

describe('what a webmaster does on his pages', { skip }, () => {
  let relay: FixtureApi;
  let browser: Browser;
  let watched: WatchedPage;
  let page: Page;

  before(async () => {
    browser = await launchBrowser();
  });

  beforeEach(async () => {
    relay = await startFixtureApi();
    watched = await openPage(browser, relay.url, { viewport: { width: 1280, height: 900 } });
    ({ page } = watched);
  });

  afterEach(async () => {
    await watched.close();
    await relay.close();
    assert.deepEqual(relay.defects, []);
  });

  after(async () => {
    await browser?.close();
  });

  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });

  it('finds a visit by a part of an address, which stands in the page’s address', async () => {
    await page.goto(`${relay.url}/why`);
    await page.getByLabel('Address or user').fill('198.51.6');
    const found = page.getByRole('link', { name: 'network blocks the passive ports' });
    await page.waitForURL(/\/why\?address=198\.51\.6$/);
    await found.first().click();
    await page.waitForURL(/address=198\.51\.6&session=p\d+$/);
    await page.locator('.timeline').waitFor();
    assert.match(await page.locator(':focus').innerText(), /from 198\.51\.6/);
    await page.getByRole('link', { name: '← Other attempts' }).click();
    await page.waitForURL(/\/why\?address=198\.51\.6$/);
    assert.equal(await page.getByLabel('Address or user').inputValue(), '198.51.6');
  });

  it('is told aloud that the line to an agent is down, and sees what is to be seen of it', async () => {
    await page.setViewportSize({ width: 360, height: 900 });
    await page.goto(`${relay.url}/tunnels/shop?view=agents`);
    await page.getByText('on 5 of the last seven days').waitFor();
    await page.getByRole('row', { name: 'transfers broke off' }).waitFor();
    const carriers = page.getByRole('table', { name: 'Carriers of the link' });
    assert.equal(await carriers.getByRole('row').count(), 5);
    lineGoes(relay.state, 'shop', 'down');
    const told = page.getByRole('status').getByText('The line to the agent nas-in-the-office');
    await told.waitFor();
    await page.getByText('Transfers wait and go on when it is back').waitFor();
    await page.getByText('It has no carrier now').waitFor();
    await assertFits(watched, 'tunnel-line-down-360');
    lineGoes(relay.state, 'shop', 'up');
    await told.waitFor({ state: 'detached' });
    await page.getByText('3 times, last just now').waitFor();
  });

  it('copies the sentence for the program the user has', async () => {
    await page.goto(`${relay.url}/why?session=p00002`);
    const told = page.locator('blockquote');
    const recognised = await told.innerText();
    await page.getByLabel('He uses').selectOption('winscp');
    assert.match(await told.innerText(), /WinSCP/);
    assert.notEqual(await told.innerText(), recognised);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy what to tell the user' }).click();
    await page.getByText('Copied what to tell the user').waitFor();
    const copied = await page.evaluate('navigator.clipboard.readText()');
    assert.equal(copied, (await told.textContent()) ?? '');
  });

  it('bans an address from its visit, and lifts the ban', async () => {
    await page.goto(`${relay.url}/why?session=p00001`);
    await button('Ban this address').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('guesses passwords');
    await dialog.getByRole('button', { name: 'Ban', exact: true }).click();
    const [ban] = relay.state.bans;
    await button(`Lift the ban of ${ban?.network}`).click();
    assert.equal(ban?.reason, 'guesses passwords');
    await button('Lift ban').click();
    await button('Ban this address').waitFor();
    assert.equal(relay.state.bans.includes(ban), false);
  });

  it('says why a ban is refused, and keeps what was entered', async () => {
    await page.goto(`${relay.url}/bans`);
    await button('Ban an address').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Address or network').fill('somewhere');
    await dialog.getByLabel('Reason').fill('scans');
    await dialog.getByRole('button', { name: 'Ban', exact: true }).click();
    assert.match(await dialog.getByRole('alert').innerText(), /no address or network/);
    assert.equal(await dialog.getByLabel('Address or network').inputValue(), 'somewhere');
  });

  it('watches a run of the doctor until it is over', async () => {
    await page.goto(`${relay.url}/doctor?tunnel=shop`);
    await button('Examine').click();
    await page.getByRole('heading', { name: 'Run for shop' }).waitFor();
    await page.getByText('All 64 answered.').waitFor();
    await page.getByText(/4 checks in .*: all well\./).waitFor();
    await page.getByRole('table', { name: 'Runs of the doctor' }).waitFor();
    assert.match(page.url(), /\/doctor\?tunnel=shop&run=d1$/);
    await assertFits(watched, 'doctor-run-1280');
    await page.setViewportSize({ width: 360, height: 900 });
    await assertFits(watched, 'doctor-run-360');
  });

  it('is shown a new token once', async () => {
    await page.goto(`${relay.url}/tokens`);
    await button('New token').click();
    await page.getByRole('dialog').getByLabel('Name').fill('nightly');
    await button('Make token').click();
    await page.getByText('gwt_made-up-token-that-is-shown-once').waitFor();
    await assertFits(watched, 'token-made');
    await button('I have it').click();
    await page.getByRole('rowheader', { name: 'nightly' }).waitFor();
    assert.equal(await page.getByText('gwt_made-up').count(), 0);
  });

  it('deletes a user and is not thrown to the top of the document', async () => {
    await page.goto(`${relay.url}/users`);
    await button('Delete: kim').click();
    await button('Delete user').click();
    await page.getByText('Deleted kim').waitFor();
    await page.getByRole('rowheader', { name: 'kim' }).waitFor({ state: 'detached' });
    assert.equal(await page.locator(':focus').innerText(), 'Users');
  });

  it('is told who changed the settings meanwhile, and begins again with what holds', async () => {
    await page.goto(`${relay.url}/settings`);
    const days = page.getByLabel('Days that history is kept');
    await days.fill('30');
    const body = { retentionDays: 60, revision: 3 };
    relay.state.audit.unshift({
      id: 'a-new',
      at: Date.now(),
      actor: 'user:sam',
      from: '192.0.2.81',
      action: 'settings.update',
      target: 'relay',
      before: { retentionDays: 90 },
      after: { retentionDays: 60 },
    });
    await page.evaluate(
      `fetch('/api/v1/settings', { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: '${JSON.stringify(body)}' })`,
    );
    const form = page.getByRole('form').or(page.locator('form')).first();
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The settings were changed by somebody else.').waitFor();
    await page.getByText('user:sam from 192.0.2.81').waitFor();
    assert.equal(await days.inputValue(), '30');
    const outdated = await days.elementHandle();
    await button('Begin again with the present values').click();
    await outdated?.waitForElementState('hidden');
    assert.equal(await days.inputValue(), '60');
    await days.fill('30');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved the settings').waitFor();
  });

  it('keeps what is being typed into a filter while the page changes by itself', async () => {
    await page.goto(`${relay.url}/transfers`);
    const user = page.getByLabel('User', { exact: true });
    await page.getByRole('heading', { name: 'Under way' }).waitFor();
    for (const text of ['an', 'ann', 'anna ']) {
      await user.fill(text);
      // Another tunnel is another choice beside the field: all filters are drawn anew.
      const name = `while-typing-${text.length}`;
      relay.state.tunnels.push({ ...tunnel(1), name });
      relay.state.tellTunnel(name);
      await page.locator('option', { hasText: name }).waitFor({ state: 'attached' });
      assert.equal(await user.inputValue(), text);
    }
    await page.waitForURL(/user=anna$/);
    assert.equal(await user.inputValue(), 'anna ');
    const csv = page.getByRole('link', { name: 'As a table (CSV)' });
    assert.equal(await csv.getAttribute('href'), '/api/v1/transfers.csv?user=anna');
  });
});

describe('what a viewer sees of the pages', { skip }, () => {
  for (const path of [
    'tunnels',
    'tunnels/shop',
    'tunnels/shop?view=agents',
    'tunnels/shop?view=policy',
    'tunnels/customer-010',
    'tunnels/new',
    'sessions',
    'why?session=p00001',
    'doctor',
    'agents',
    'bans',
    'settings',
    'users',
    'tokens',
  ]) {
    it(`is everything at ${path}, and nothing to change it with`, async () => {
      const relay = await startFixtureApi({ role: 'viewer' });
      const browser = await launchBrowser();
      const { page, faults } = await openPage(browser, relay.url);
      await page.goto(`${relay.url}/${path}`);
      await page.locator('main h1').waitFor();
      await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
      const names = await page.locator('main button:not(.copy)').allInnerTexts();
      assert.deepEqual(
        names.filter((name) => !/Previous|Next/.test(name)),
        [],
      );
      assert.deepEqual([await page.getByRole('alert').count(), ...faults], [0]);
      await browser.close();
      await relay.close();
    });
  }
});
