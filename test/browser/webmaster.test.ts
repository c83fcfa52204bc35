import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { formatProxyHeader } from '../../relay-server/proxy-protocol/header.ts';
import { BALANCER } from '../support/balancer.ts';
import {
  launchBrowser,
  openPage,
  skip as noBrowser,
  type WatchedPage,
} from '../support/browser.ts';
import { runClient } from '../support/clients/client.ts';
import { curl } from '../support/clients/curl.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import {
  runGangway,
  startAgent,
  startRelay,
  updateTunnel,
  type GangwayProcess,
  type Relay,
} from '../support/gangway.ts';
import { assertFits } from '../support/page-checks.ts';
import { reservePortBlock } from '../support/ports.ts';
import { RawClient, type Address } from '../support/raw-client.ts';
import { startVsftpd, type RealServer } from '../support/servers/index.ts';

const { missing } = await ensureDebianPackages();
const skip = noBrowser !== false ? noBrowser : missing.length === 0 ? false : missing.join(' ');

const PASSWORD = 'a few words will do';
const TUNNEL = 'office';
const BYTES = 30_000_000;
/** Where a client with a public address seems to come from, as a balancer says. */
const ABROAD = { host: '8.8.8.8', port: 40_000 };

/** The password that the relay printed for its first admin. */
async function printedPassword(relay: Relay): Promise<string> {
  for (;;) {
    const found = /user +admin\n +password +(\S+) /.exec(relay.log())?.[1];
    if (found !== undefined) return found;
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}

async function signIn(page: Page, user: string, password: string): Promise<void> {
  await page.getByLabel('User', { exact: true }).fill(user);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

describe('the days of a webmaster, in a browser with real programs', { skip }, () => {
  let server: RealServer;
  let relay: Relay;
  let ports: Awaited<ReturnType<typeof reservePortBlock>>;
  let browser: Browser;
  let admin: WatchedPage;
  let agent: GangwayProcess | undefined;
  let stateDir: string;
  let at: Address;

  before(async () => {
    server = await startVsftpd();
    const big = join(server.home, 'big.bin');
    await writeFile(big, '');
    await truncate(big, BYTES);
    relay = await startRelay({ passivePorts: 16 });
    ports = await reservePortBlock(1);
    at = { host: '127.0.0.1', port: ports.first };
    stateDir = await mkdtemp(join(tmpdir(), 'gangway-webmaster-'));
    browser = await launchBrowser();
    admin = await openPage(browser, relay.url, { viewport: { width: 1280, height: 900 } });
  });

  after(async () => {
    await browser?.close();
    await agent?.stop();
    await relay?.stop();
    await ports?.release();
    await server?.stop();
    await rm(stateDir, { recursive: true, force: true });
  });

  it('leads from the first login to a tunnel, its transfers, its failures and its end', async (t) => {
    const { page } = admin;
    /** Refusals of a login show up on the console. */
    const faults = (): string[] => admin.faults.filter((fault) => !/status of 40[13]/.test(fault));
    const fits = (name: string): Promise<void> => assertFits({ ...admin, faults: faults() }, name);

    await t.test('first login with the printed password, which has to be changed', async () => {
      await page.goto(`${relay.url}/`);
      const printed = await printedPassword(relay);
      await signIn(page, 'admin', 'not the password');
      await page.getByRole('alert').waitFor();
      await signIn(page, 'admin', printed);
      await page.getByLabel('Present password').fill(printed);
      await page.getByLabel('New password', { exact: true }).fill(PASSWORD);
      await page.getByLabel('New password again').fill(PASSWORD);
      await page.getByRole('button', { name: 'Change password' }).click();
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
    });

    await t.test('makes a tunnel, enrols its agent and tests it from outside', async () => {
      await page.goto(`${relay.url}/tunnels/new`);
      await page.getByLabel('Name').fill(TUNNEL);
      await page.getByLabel('Public port').fill(String(at.port));
      await page.getByLabel('FTP server').fill(`${server.host}:${server.port}`);
      await page.getByRole('button', { name: 'Make the tunnel' }).click();
      const line = page.getByText(/npx gangway agent --relay/);
      const [, url = '', code = ''] =
        /--relay (\S+) --code (\S+)/.exec(await line.innerText()) ?? [];
      assert.equal(url, relay.url.replace('http:', 'https:'));
      const started = { relay: relay.url, code, server: `${server.host}:${server.port}`, stateDir };
      agent = await startAgent({ ...started, flags: ['--private-relay'] });
      await page.getByRole('heading', { name: 'The agent has come' }).waitFor();
      const address = page.locator('.final-address');
      await address.waitFor({ timeout: 60_000 });
      assert.match(await address.innerText(), new RegExp(`ftp://127\\.0\\.0\\.1:${at.port}`));
      await fits('webmaster-wizard');
      const listed = await curl({ ...at, user: server.user, password: server.password }).list('');
      assert.match(listed.stdout.toString(), /big\.bin/);
    });

    await t.test('sees a transfer move and ends it', async () => {
      await page.goto(`${relay.url}/tunnels/${TUNNEL}`);
      const { user, password } = server;
      const url = `ftp://${user}:${password}@${at.host}:${at.port}/big.bin`;
      const running = runClient('/usr/bin/curl', [
        '-sS',
        '--limit-rate',
        '300k',
        '-o',
        '/dev/null',
        url,
      ]);
      const bar = page.getByRole('progressbar').first();
      await bar.waitFor();
      const share = async (): Promise<number> => Number(await bar.getAttribute('value'));
      const first = await share();
      while ((await share()) <= first) await page.waitForTimeout(100);
      await fits('webmaster-transfer');
      await page.getByRole('button', { name: /^End the session of/ }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'End session' }).click();
      const { status } = await running;
      assert.ok(status !== 0, 'curl knows that the file is not whole');
      await page.getByText('Nobody is connected').waitFor();
    });

    /** Reads on the page why somebody failed, and what to tell him. */
    const reads = async (title: string | RegExp, told: RegExp, search = ''): Promise<void> => {
      await page.goto(`${relay.url}/why${search}`);
      await page.getByRole('link', { name: title }).first().click();
      await page.getByRole('heading', { name: title }).first().waitFor();
      const text = await page.locator('blockquote').first().innerText();
      assert.match(text, told);
      await page.getByRole('heading', { name: 'What happened on both sides' }).waitFor();
    };

    await t.test('reads why somebody with a wrong password does not get in', async () => {
      await curl({ ...at, user: server.user, password: 'wrong' }).list('');
      await reads(/Wrong user name or password/, /does not accept the user name/);
      await fits('webmaster-why');
    });

    await t.test('sees on the overview, opened anew, what went wrong today', async () => {
      await page.goto(relay.url);
      const findings = page.locator('section', { hasText: 'Findings of today' });
      await findings.getByText('Wrong user name or password').first().waitFor();
    });

    await t.test('reads why active mode from behind NAT fails, for each program', async () => {
      await updateTunnel(relay, ['--proxy-from', BALANCER.localAddress], TUNNEL);
      const client = await RawClient.connect(at, BALANCER);
      const destination = { host: '127.0.0.3', port: 21 };
      client.send(formatProxyHeader('v2', { source: ABROAD, destination }));
      await client.expect(220);
      await client.ask(`USER ${server.user}`, 331);
      await client.ask(`PASS ${server.password}`, 230);
      await client.ask('PORT 192,168,1,7,200,10', 500);
      await client.ask('QUIT', 221);
      client.control.end();
      await reads(/Active mode from behind a router/, /Passive mode works/, '?address=8.8.8.8');
      await page
        .getByText(/192\.168\.1\.7/)
        .first()
        .waitFor();
      await page.getByLabel('He uses').selectOption('filezilla');
      assert.match(await page.locator('blockquote').first().innerText(), /Edit > Settings/);
    });

    await t.test('reads that somebody speaks SFTP', async () => {
      const client = await RawClient.connect(at);
      await client.expect(220);
      client.send('SSH-2.0-OpenSSH_9.6\r\n');
      await client.reply();
      client.control.end();
      await reads(/The program speaks SFTP/, /set to SFTP/);
    });

    await t.test("reads that lftp does not trust the relay's certificate", async () => {
      const script = `set net:max-retries 1; set ftp:ssl-force true; open -u u,p -p ${at.port} ${at.host}; ls`;
      await runClient('/usr/bin/lftp', ['--norc', '-c', script]);
      await reads(/does not trust the certificate/, /does not trust the certificate/);
    });

    await t.test('requires TLS on the page, and reads that somebody comes without', async () => {
      await page.goto(`${relay.url}/tunnels/${TUNNEL}?view=policy`);
      await page
        .getByLabel(/^TLS with clients|^TLS$/)
        .first()
        .selectOption('required');
      await page.getByRole('button', { name: /Save/ }).first().click();
      await page
        .getByText(/Saved|saved/)
        .first()
        .waitFor();
      const client = await RawClient.connect(at);
      await client.expect(220);
      await client.ask('USER anna', 530);
      client.control.end();
      await reads(/demands TLS/, /encrypted connections only/);
    });

    await t.test('shows a viewer everything and lets him change nothing', async () => {
      const made = await runGangway([
        'user',
        'add',
        'eve',
        '--role',
        'viewer',
        '--data-dir',
        relay.dataDir,
      ]);
      assert.equal(made.status, 0, made.output);
      const first = /(?:password|Password)\D*?(\S{12,})/.exec(made.stdout)?.[1] ?? '';
      const viewer = await openPage(browser, relay.url);
      await viewer.page.goto(`${relay.url}/`);
      await signIn(viewer.page, 'eve', first);
      await viewer.page.getByLabel('Present password').fill(first);
      await viewer.page.getByLabel('New password', { exact: true }).fill(PASSWORD);
      await viewer.page.getByLabel('New password again').fill(PASSWORD);
      await viewer.page.getByRole('button', { name: 'Change password' }).click();
      await viewer.page.getByRole('heading', { name: 'Overview' }).waitFor();
      await viewer.page.goto(`${relay.url}/tunnels/${TUNNEL}?view=agents`);
      await viewer.page.getByRole('table', { name: /Agents of/ }).waitFor();
      assert.equal(
        await viewer.page.getByRole('button', { name: /Revoke|Make a code/ }).count(),
        0,
      );
      const status = await viewer.page.evaluate(async (name) => {
        const answer = await fetch(`/api/v1/tunnels/${name}`, { method: 'DELETE' });
        return answer.status;
      }, TUNNEL);
      assert.equal(status, 403);
      await viewer.close();
    });

    await t.test('revokes the agent, whose link ends at once', async () => {
      await page.goto(`${relay.url}/tunnels/${TUNNEL}?view=agents`);
      await page
        .getByRole('button', { name: /^Revoke/ })
        .first()
        .click();
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /^Revoke/ })
        .click();
      await agent?.ended;
      assert.match(agent?.log() ?? '', /revoked/);
      await page.getByText('revoked').first().waitFor();
      const refused = await RawClient.connect(at);
      assert.match(await refused.expect(421), /away since/);
      refused.control.end();
    });

    assert.deepEqual(faults(), []);
  });
});
