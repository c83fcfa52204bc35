import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage, skip } from '../support/browser.ts';
import { startFixtureApi, type FixtureApi } from '../support/fixture-api/server.ts';
import { assertFits } from '../support/page-checks.ts';

/** Bytes over the wire of scripts and styles until the overview stands, its chart included. */
const FIRST_LOAD = 80_000;
/** Milliseconds that a frame of 60 Hz has for script, style and layout. */
const FRAME_MS = 16;
const TICK_MS = 1_000;
const MEASURED_TICKS = 8;

describe('what the dashboard weighs with 500 tunnels and 5,000 live sessions', { skip }, () => {
  let relay: FixtureApi;
  let browser: Browser;

  before(async () => {
    relay = await startFixtureApi({ tunnels: 500, sessions: 5_000 });
    browser = await launchBrowser();
  });

  after(async () => {
    await browser?.close();
    await relay?.close();
    assert.deepEqual(relay?.defects, []);
  });

  it('the first load is small', async (t) => {
    const watched = await openPage(browser, relay.url);
    const { page } = watched;
    const sizes = new Map<string, number>();
    page.on('requestfinished', (request) => {
      void request.sizes().then(({ responseBodySize }) => {
        if (request.url().includes('/assets/')) sizes.set(request.url(), responseBodySize);
      });
    });
    const begun = performance.now();
    await page.goto(relay.url);
    await page.locator('.chart canvas').waitFor();
    const shown = performance.now() - begun;
    await page.waitForLoadState('load');
    const bytes = [...sizes.values()].reduce((sum, one) => sum + one, 0);
    t.diagnostic(
      `${sizes.size} files, ${bytes} bytes compressed, chart after ${Math.round(shown)} ms`,
    );
    assert.ok(sizes.size > 3);
    assert.ok(bytes < FIRST_LOAD, `${bytes} bytes`);
    await watched.close();
  });

  for (const [name, path, ready] of [
    ['overview', '/', 'text=All 500 tunnels'],
    ['sessions', '/sessions', 'text=5,000 sessions'],
    ['tunnels', '/tunnels', 'table.data'],
  ] as const) {
    it(`${name} stays smooth while everything moves`, async (t) => {
      const watched = await openPage(browser, relay.url, {
        viewport: { width: 1280, height: 900 },
      });
      const { page } = watched;
      await page.goto(relay.url + path);
      await page.locator(ready).first().waitFor();
      const { perTick, all, long } = await measured(page);
      t.diagnostic(
        `${perTick.toFixed(1)} ms a tick (${all.toFixed(1)} with painting), long tasks: ${long}`,
      );
      assert.ok(perTick < FRAME_MS, `${perTick} ms of work for each tick`);
      assert.ok(long < MEASURED_TICKS / 2, `${long} tasks over 50 ms`);
      await assertFits(watched, `many-${name}`);
      await watched.close();
    });
  }
});

interface Measured {
  /** Milliseconds that script, style and layout take for each second's tick, which is one frame. */
  readonly perTick: number;
  /** The same of all the page's thread does, painting included. */
  readonly all: number;
  /** Tasks over 50 ms; by the clock on the wall, so a busy machine makes some. */
  readonly long: number;
}

/** What the page's thread does over some ticks, by Chromium's own count of its processor time. */
async function measured(page: Page): Promise<Measured> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.evaluate(`window.longTasks = 0; new PerformanceObserver((list) => {
    window.longTasks += list.getEntries().length;
  }).observe({ entryTypes: ['longtask'] })`);
  const worked = async (names: readonly string[]): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    const seconds = metrics.filter(({ name }) => names.includes(name)).map(({ value }) => value);
    return (seconds.reduce((sum, one) => sum + one, 0) * 1000) / MEASURED_TICKS;
  };
  const own = ['ScriptDuration', 'LayoutDuration', 'RecalcStyleDuration'];
  const before = [await worked(own), await worked(['TaskDuration'])] as const;
  await page.waitForTimeout(MEASURED_TICKS * TICK_MS);
  const after = [await worked(own), await worked(['TaskDuration'])] as const;
  const long = Number(await page.evaluate('window.longTasks'));
  return { perTick: after[0] - before[0], all: after[1] - before[1], long };
}
