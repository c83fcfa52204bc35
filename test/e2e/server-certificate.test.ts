import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { after, before, describe, it, type TestContext } from 'node:test';
import { TLSSocket } from 'node:tls';
import { testAuthority, type Issued, type Wanted } from '../support/certificates.ts';
import {
  runGangway,
  serveTunnel,
  startRelay,
  type Relay,
  type LogEvent,
} from '../support/gangway.ts';
import { RawClient } from '../support/raw-client.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { contextOf, explicitTls, implicitTls, secureDownload } from '../support/tls-script.ts';

const [authority, stranger] = await Promise.all([testAuthority(), testAuthority()]);
const CA = `--server-ca=${authority.caFile}`;
const OTHER = 'f'.repeat(64);
const LONG_AGO = new Date('2025-01-02T00:00:00Z');
const NAMED: Wanted = { names: ['ftp.test'] };
const EXPIRED: Wanted = { ...NAMED, notBefore: new Date('2024-01-02'), notAfter: LONG_AGO };

/** What a tunnel's clients read, with these flags of its agent and this certificate of its server. */
interface Served {
  readonly server: ScriptedServer;
  readonly issued: Issued;
  login(): Promise<RawClient>;
  /** What a client is told in place of a greeting. */
  refusal(): Promise<string>;
  /** The agent's line about TLS that came to nothing. */
  failed(): Promise<LogEvent>;
  log(): string;
}

describe("what an agent makes of its server's certificate", () => {
  let relay: Relay;
  let tunnels = 0;
  before(async () => {
    relay = await startRelay();
  });
  after(() => relay?.stop());

  async function served(
    t: TestContext,
    issued: Issued,
    flags: readonly string[],
    how: 'explicit' | 'implicit' = 'explicit',
  ): Promise<Served> {
    const server = await ScriptedServer.start();
    t.after(() => server.close());
    const context = contextOf(issued);
    const script = how === 'explicit' ? explicitTls(context) : implicitTls(context);
    server.script = { ...script, RETR: secureDownload(context, Buffer.from('secret')) };
    const name = `tunnel-${++tunnels}`;
    const agentFlags = [`--server-tls=${how}`, ...flags];
    const tunnel = await serveTunnel(relay, server, { name, agentFlags });
    t.after(() => tunnel.close());
    return {
      server,
      issued,
      login: () => RawClient.login(tunnel),
      refusal: async () => {
        const client = await RawClient.connect(tunnel);
        const text = await client.expect(421);
        client.close();
        return text;
      },
      failed: () => tunnel.agent.waitFor('server-tls-failed'),
      log: () => tunnel.agent.log(),
    };
  }

  async function serves(one: Served): Promise<void> {
    const client = await one.login();
    assert.equal((await client.download('RETR file')).toString(), 'secret');
    await client.quit();
    const commands = one.server.sessions.at(-1)?.commands.slice(0, 5).join(' ');
    assert.match(String(commands), /^(?:AUTH TLS )?PBSZ 0 PROT P USER u PASS p/);
  }

  /** The client is told, the agent's log says it all, and the server got no password. */
  async function refuses(one: Served, why: RegExp): Promise<void> {
    assert.match(await one.refusal(), why);
    const line = JSON.stringify(await one.failed());
    assert.match(line, /"server-certificate-refused"/);
    assert.match(line, new RegExp(one.issued.fingerprint));
    assert.equal(one.server.sessions.at(-1)?.commands.includes('USER u'), false);
  }

  for (const how of ['explicit', 'implicit'] as const) {
    it(`${how}: one that a given authority issued for the name is believed`, async (t) => {
      const issued = await authority.issue(NAMED);
      const one = await served(t, issued, [CA, '--server-name=ftp.test'], how);
      await serves(one);
      const { socket } = one.server.sessions.at(-1)?.control ?? {};
      assert.ok(socket instanceof TLSSocket);
      assert.equal(socket.servername, 'ftp.test', 'and is asked for');
    });
  }

  it('one for the address of --server is believed without --server-name', async (t) => {
    const issued = await authority.issue({ names: ['127.0.0.1'] });
    await serves(await served(t, issued, [CA]));
  });

  it('one of an authority that nobody named is not', async (t) => {
    const issued = await stranger.issue(NAMED);
    const one = await served(t, issued, [CA, '--server-name=ftp.test']);
    await refuses(
      one,
      /\(ftp\.test\) was issued by Gangway test intermediate, whom nobody here trusts; give --server-ca/,
    );
  });

  it('one for another name is not', async (t) => {
    const one = await served(t, await authority.issue(NAMED), [CA, '--server-name=ftp.example']);
    await refuses(one, /is for ftp\.test, not for ftp\.example; .* --server-name/);
  });

  it('case 94: one that has expired is not, and is said to have expired', async (t) => {
    const one = await served(t, await authority.issue(EXPIRED), [CA, '--server-name=ftp.test']);
    await refuses(one, /\(ftp\.test\) .*expired on 2025-01-02; renew it/);
  });

  it('one that is pinned is believed, whoever issued it, for whom and until when', async (t) => {
    const issued = await stranger.issue(EXPIRED);
    const colons = issued.fingerprint.toUpperCase().replaceAll(/..(?!$)/g, '$&:');
    await serves(await served(t, issued, [`--server-fingerprint=${colons}`]));
  });

  it('another than the pinned one is not, although its authority is known to the system', async (t) => {
    const one = await served(t, await authority.issue(NAMED), [`--server-fingerprint=${OTHER}`]);
    await refuses(
      one,
      /is not the one of --server-fingerprint; if it was renewed, give the new one's/,
    );
  });

  it('any is taken where its owner says so; the log warns, and the tunnel shows it', async (t) => {
    const one = await served(t, await stranger.issue(EXPIRED), ['--server-tls-insecure']);
    await serves(one);
    assert.match(one.log(), /"server-tls-insecure"/);
    const shown = await runGangway([
      'tunnel',
      'show',
      `tunnel-${tunnels}`,
      '--data-dir',
      relay.dataDir,
    ]);
    assert.match(shown.stdout, /explicit, not verified/);
  });
});
