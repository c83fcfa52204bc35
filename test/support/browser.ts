import {
  chromium,
  type Browser,
  type BrowserContextOptions,
  type ConsoleMessage,
  type Page,
} from 'playwright-core';
import { ensureChromium } from './debian.ts';

const CHROMIUM = await ensureChromium();
/** For `describe`'s option of the same name. */
export const skip = CHROMIUM.missing.length === 0 ? false : CHROMIUM.missing.join(' ');

/** Starts it without a window and without asking anything of other hosts. The caller closes it. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM.path,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A page and everything on it that should not be. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors on its console but for refusals of the API, which the page shows; exceptions, and requests to other hosts. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens a page of its own profile that notes what goes wrong on it.
 * @param origin the one host it may ask, like `http://127.0.0.1:8080`.
 */
export async function openPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !isRefusal(message)) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    if (!/^(?:data|blob):/.test(request.url()) && !request.url().startsWith(`${origin}/`)) {
      faults.push(request.url());
    }
  });
  return { page, faults, close: () => context.close() };
}

/** Chromium writes down every answer of 400 and more. */
function isRefusal(message: ConsoleMessage): boolean {
  return message.text().includes('a status of 4') && message.location().url.includes('/api/v1/');
}
