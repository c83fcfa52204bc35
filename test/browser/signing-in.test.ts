import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPage, skip, type WatchedPage } from '../support/browser.ts';
import { startFixtureApi } from '../support/fixture-api/server.ts';
import {
  FIXTURE_CODE,
  FIXTURE_PASSWORD,
  type FixtureOptions,
} from '../support/fixture-api/state.ts';
import { assertFits, THEMES, WIDTHS } from '../support/page-checks.ts';

describe('signing in with the keyboard alone', { skip }, () => {
  let browser: Browser;

  before(async () => {
    browser = await launchBrowser();
  });

  after(() => browser?.close());

  async function opened(t: TestContext, options: FixtureOptions, path = '/'): Promise<WatchedPage> {
    const relay = await startFixtureApi(options);
    const watched = await openPage(browser, relay.url);
    t.after(async () => {
      await watched.close();
      await relay.close();
    });
    await watched.page.goto(relay.url + path);
    return watched;
  }

  it('a wrong password is told, the right one leads where one wanted to go', async (t) => {
    const watched = await opened(t, { signedIn: false }, '/tunnels');
    const { keyboard } = watched.page;
    await watched.page.getByLabel('User').focus();
    await keyboard.type('admin');
    await keyboard.press('Tab');
    await keyboard.type('not the password');
    await keyboard.press('Enter');
    await watched.page.getByRole('alert').getByText('User or password is wrong').waitFor();
    await assertFits(watched, 'sign-in-refused');
    await watched.page.getByLabel('Password').fill(FIXTURE_PASSWORD);
    await keyboard.press('Enter');
    await watched.page.getByRole('heading', { name: 'Tunnels' }).waitFor();
  });

  it('the second factor is asked for after the password', async (t) => {
    const watched = await opened(t, { signedIn: false, secondFactor: true });
    await watched.page.getByLabel('User').fill('admin');
    await watched.page.getByLabel('Password').fill(FIXTURE_PASSWORD);
    await watched.page.keyboard.press('Enter');
    await watched.page.getByLabel('Code').fill(FIXTURE_CODE);
    await assertFits(watched, 'second-factor');
    await watched.page.keyboard.press('Enter');
    await watched.page.getByRole('heading', { name: 'Overview' }).waitFor();
  });

  it('a password that was given out has to be changed before anything else', async (t) => {
    const watched = await opened(t, { mustChangePassword: true }, '/tunnels');
    const { page } = watched;
    await page.getByRole('heading', { name: 'Choose a password' }).waitFor();
    assert.equal(await page.getByRole('navigation').count(), 0);
    await page.getByLabel('Present password').fill(FIXTURE_PASSWORD);
    await page.getByLabel('New password', { exact: true }).fill('one of my own choice');
    await page.getByLabel('New password again').fill('one of my own choise');
    await page.keyboard.press('Enter');
    await page.getByText('The two new passwords are not the same').waitFor();
    await page.getByLabel('New password again').fill('one of my own choice');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Tunnels' }).waitFor();
  });

  it('a second factor is set up with the phone, and its recovery codes are shown once', async (t) => {
    const watched = await opened(t, {}, '/account');
    const { page } = watched;
    await page.getByRole('button', { name: 'Set it up' }).press('Enter');
    await page.getByLabel('Your password').fill(FIXTURE_PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('img', { name: 'Open in an authenticator' }).waitFor();
    // Rejects if the policy of the page or the picture itself is against it.
    await page.evaluate(`document.querySelector('.qr img').decode()`);
    await page.getByLabel('Code it shows').fill('000000');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('The code is wrong').waitFor();
    await page.getByLabel('Code it shows').fill(FIXTURE_CODE);
    await page.keyboard.press('Enter');
    await page.getByText('made-up-code-8').waitFor();
    await assertFits(watched, 'recovery-codes');
    await page.getByRole('button', { name: 'I have kept them' }).press('Enter');
    await page.getByText('8 recovery codes left').waitFor();
    assert.equal(await page.getByText('made-up-code-8').count(), 0);
  });

  it('a login that has ended leads back here', async (t) => {
    const relay = await startFixtureApi();
    const watched = await openPage(browser, relay.url);
    t.after(async () => {
      await watched.close();
      await relay.close();
    });
    await watched.page.goto(relay.url);
    await watched.page.getByRole('heading', { name: 'Overview' }).waitFor();
    relay.state.signedIn = false;
    await watched.page.getByRole('link', { name: 'Bans' }).click();
    await watched.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  for (const width of WIDTHS) {
    for (const theme of THEMES) {
      it(`the page is accessible and fits at ${width} px, ${theme}`, async (t) => {
        const relay = await startFixtureApi({ signedIn: false });
        const view = { viewport: { width, height: 800 }, colorScheme: theme } as const;
        const watched = await openPage(browser, relay.url, view);
        t.after(async () => {
          await watched.close();
          await relay.close();
        });
        await watched.page.goto(relay.url);
        await watched.page.getByLabel('User').waitFor();
        await watched.page.getByText('for the first time?').click();
        await assertFits(watched, `sign-in-${width}-${theme}`);
      });
    }
  }
});
