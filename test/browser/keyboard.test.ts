import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage, skip, type WatchedPage } from '../support/browser.ts';
import { startFixtureApi, type FixtureApi } from '../support/fixture-api/server.ts';
import { agentArrives } from '../support/fixture-api/tunnel-routes.ts';
import { assertFits } from '../support/page-checks.ts';

const MOST_TABS = 60;

describe('the main flows without a mouse', { skip }, () => {
  let browser: Browser;

  before(async () => {
    browser = await launchBrowser();
  });

  after(() => browser?.close());

  async function opened(
    t: TestContext,
    path: string,
  ): Promise<WatchedPage & { relay: FixtureApi }> {
    const relay = await startFixtureApi();
    const watched = await openPage(browser, relay.url);
    t.after(async () => {
      await watched.close();
      await relay.close();
      assert.deepEqual(relay.defects, []);
    });
    await watched.page.goto(relay.url + path);
    await watched.page.locator('h1').waitFor();
    return { ...watched, relay };
  }

  it('the first stop is the way past the navigation', async (t) => {
    const { page } = await opened(t, '/');
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'Skip to the page');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(`document.activeElement.closest('main') !== null`), true);
  });

  it('a tunnel is made, its agent comes, and the test from outside ends with its address', async (t) => {
    const watched = await opened(t, '/tunnels');
    const { page, relay } = watched;
    await tabTo(page, 'New tunnel');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'New tunnel' }).waitFor();
    await tabTo(page, 'Name');
    await page.keyboard.type('shop');
    await page.keyboard.press('Enter');
    await page
      .getByRole('alert')
      .getByText('there is a tunnel shop already', { exact: false })
      .waitFor();
    await page.getByLabel('Name').fill('warehouse');
    await page.keyboard.press('Enter');
    await page.getByText('Waiting for the agent').waitFor();
    assert.match(
      await page.getByRole('textbox', { name: 'the line' }).innerText(),
      /--code GW-\S+/,
    );
    await assertFits(watched, 'wizard-waiting');
    agentArrives(relay.state, 'warehouse');
    await page.getByText('All is well.').waitFor();
    await page.locator('.final-address').getByText('ftp://relay.example.org:').waitFor();
    await assertFits(watched, 'wizard-done');
  });

  it('a session is ended after a question that Escape takes back', async (t) => {
    const { page, relay } = await opened(t, '/tunnels/shop');
    const before = relay.state.sessions.length;
    await tabTo(page, 'End the session of anna at 2001:db8:0::17');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'End this session?' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    assert.equal(await focused(page), 'End the session of anna at 2001:db8:0::17');
    assert.equal(relay.state.sessions.length, before);
    await page.keyboard.press('Enter');
    await tabTo(page, 'End session');
    await page.keyboard.press('Enter');
    await page.getByText('Ended the session of anna').waitFor();
    await page.getByText('3 sessions').waitFor();
    assert.equal(relay.state.sessions.length, before - 1);
  });

  it('a policy is changed, and a change of somebody else is not run over', async (t) => {
    const watched = await opened(t, '/tunnels/shop?view=policy');
    const { page, relay } = watched;
    const shop = relay.state.tunnels[0]!;
    await page.getByLabel('Without a command').fill('5 parsecs');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('is not a duration').waitFor();
    await page.getByLabel('Without a command').fill('20m');
    await page.keyboard.press('Enter');
    await page.getByText('Saved; it holds for shop').waitFor();
    assert.equal(shop.policy.idleTimeout, 1_200_000);
    await page.getByLabel('Until the login').fill('1m');
    shop.revision += 1;
    const readAgain = page.waitForResponse((answer) => answer.url().endsWith('/tunnels/shop'));
    relay.state.tellTunnel('shop');
    await readAgain;
    await page.keyboard.press('Enter');
    await page.getByText('was changed by somebody else').waitFor();
    await assertFits(watched, 'policy-conflict');
    assert.equal(shop.policy.loginTimeout, 120_000);
    await tabTo(page, 'Begin again with the present values');
    await page.keyboard.press('Enter');
    await page.getByText('was changed by somebody else').waitFor({ state: 'detached' });
    const nextFrame = 'new Promise((done) => requestAnimationFrame(done))';
    while ((await page.getByLabel('Until the login').inputValue()) !== '2m') {
      await page.evaluate(nextFrame);
    }
  });
});

/** What has the focus, by the name it has for screen readers. */
async function focused(page: Page): Promise<string> {
  const name = await page.evaluate(`(() => {
    const at = document.activeElement;
    return at.getAttribute('aria-label') ?? at.labels?.[0]?.innerText ?? at.innerText ?? '';
  })()`);
  return String(name).trim();
}

async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = [];
  for (let tabs = 0; tabs < MOST_TABS; tabs++) {
    await page.keyboard.press('Tab');
    const at = await focused(page);
    if (at === name) return;
    passed.push(at);
  }
  assert.fail(`Tab does not come to "${name}", only to ${passed.join(' | ')}`);
}
