import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { testAuthority, type TestAuthority } from '../support/certificates.ts';
import {
  runGangway,
  startAgent,
  startRelay,
  type GangwayProcess,
  type Relay,
} from '../support/gangway.ts';
import { reservePortBlock, type PortBlock } from '../support/ports.ts';
import { RawClient } from '../support/raw-client.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

const HOST = '127.0.0.1';
/** Several of an agent's waits before it tries again, on a busy machine. */
const RETRY_MS = 60_000;

describe('an agent and the certificate of its relay', () => {
  let authority: TestAuthority;
  let server: ScriptedServer;
  let block: PortBlock;
  let folder: string;
  before(async () => {
    [authority, server] = [await testAuthority(), await ScriptedServer.start()];
    // A relay that is started anew is to be where the one before it was.
    block = await reservePortBlock(1);
    folder = await mkdtemp(join(tmpdir(), 'gangway-verified-'));
  });
  after(async () => {
    await server?.close();
    await block?.release();
    await rm(folder, { recursive: true, force: true });
  });

  const url = (): string => `https://${HOST}:${block.first}`;
  const at = (): string => `${server.host}:${server.port}`;
  const relayWith = async (t: TestContext, dir: string, flags: string[] = []): Promise<Relay> => {
    const http = `--http=${HOST}:${block.first}`;
    const relay = await startRelay({ dir: join(folder, dir), flags: [http, ...flags] });
    t.after(() => relay.stop());
    return relay;
  };
  const agentWith = async (t: TestContext, state: string, code: string, flags: string[] = []) => {
    const stateDir = join(folder, state);
    const agent = await startAgent({ relay: url(), code, server: at(), stateDir, flags });
    t.after(() => agent.stop());
    return agent;
  };
  const refused = async (state: string, code: string, flags: string[] = []): Promise<string> => {
    const place = [`--relay=${url()}`, `--server=${at()}`, `--state-dir=${join(folder, state)}`];
    const result = await runGangway(['agent', ...place, `--code=${code}`, ...flags]);
    assert.equal(result.status, 1, result.output);
    return result.output;
  };

  it('a code of a relay with its own certificate carries its key; without it nothing is sent', async (t) => {
    const relay = await relayWith(t, 'own');
    assert.equal((await relay.waitFor('ready'))['http'], url());
    const tunnel = await relay.createTunnel('own', { server: at() });
    const [code = '', pin = ''] = tunnel.enrolmentCode.split('.');
    const bare = await refused('bare', code);
    assert.match(bare, /nobody vouches for it\. Seen: subject CN=Gangway relay/);
    assert.ok(bare.includes(`key ${pin}`), bare);
    assert.match(bare, /--ca FILE.*gangway agent-code/);
    const wrong = `${pin.startsWith('0') ? '1' : '0'}${pin.slice(1)}`;
    assert.ok((await refused('wrong', `${code}.${wrong}`)).includes(`Expected: the key ${wrong}`));
    // Nothing was sent, so the code is still good.
    const agent = await agentWith(t, 'own-agent', tunnel.enrolmentCode);
    const client = await RawClient.login(tunnel);
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    await client.quit();
    await agent.stop();
    // The key is kept with the credential, so a later start needs no code.
    const stored = await startAgent({
      relay: url(),
      server: at(),
      stateDir: join(folder, 'own-agent'),
    });
    await stored.stop();
  });

  it('a damaged code is refused as such, before anything is dialled', async () => {
    const place = [`--relay=https://${HOST}:1`, `--state-dir=${join(folder, 'damaged')}`];
    const code = '--code=GW-AAAAA-AAAAA-AAAAA.KSCREN';
    const result = await runGangway(['agent', ...place, code]);
    assert.equal(result.status, 2, result.output);
    assert.match(result.output, /Paste the code whole/);
  });

  it("an agent stays when the relay's certificate is made anew or vouched for, and goes when the key changes", async (t) => {
    const first = await relayWith(t, 'moving');
    const tunnel = await first.createTunnel('moving', { server: at() });
    const agent = await agentWith(t, 'moving-agent', tunnel.enrolmentCode, [
      `--ca=${authority.caFile}`,
    ]);
    const certificate = join(folder, 'moving', 'certificates', 'self-signed.crt');
    const before = await readFile(certificate, 'utf8');
    await first.stop();
    let from = agent.events().length;
    const second = await relayWith(t, 'moving', ['--public-host=localhost']);
    await agent.waitFor('tunnel-up', { from, timeoutMs: RETRY_MS });
    assert.notEqual(await readFile(certificate, 'utf8'), before, 'made anew for another name');
    await second.stop();
    from = agent.events().length;
    const { certFile, keyFile } = await authority.issue({ names: [HOST] });
    const third = await relayWith(t, 'moving', [`--tls-cert=${certFile}`, `--tls-key=${keyFile}`]);
    await agent.waitFor('tunnel-up', { from, timeoutMs: RETRY_MS });
    await third.stop();
    const stranger = await relayWith(t, 'stranger');
    from = agent.events().length;
    const msg = await linkDown(agent, from, /^what answers at .* does not prove to be the relay/);
    assert.match(msg, /Seen: subject CN=Gangway relay.*Expected: the key .*agent-code/);
    assert.equal(
      stranger.events().some((event) => event['event'] === 'agent-refused'),
      false,
    );
  });

  it('the command line administers a relay elsewhere that --ca vouches for, and no other', async (t) => {
    const { certFile, keyFile } = await authority.issue({ names: [HOST] });
    const files = [`--tls-cert=${certFile}`, `--tls-key=${keyFile}`];
    const relay = await relayWith(t, 'remote', files);
    const made = await runGangway([
      'token',
      'create',
      'test',
      '--json',
      '--data-dir',
      relay.dataDir,
    ]);
    const { token } = JSON.parse(made.stdout) as { token: string };
    const status = ['status', `--relay=${url()}`, `--api-token=${token}`];
    const wary = await runGangway(status);
    assert.equal(wary.status, 1, wary.output);
    assert.match(wary.output, /cannot be verified: unable to get local issuer.*\n.*--ca FILE/);
    const trusting = await runGangway([...status, `--ca=${authority.caFile}`]);
    assert.equal(trusting.status, 0, trusting.output);
    assert.match(trusting.output, /127\.0\.0\.1 +file +CN=Gangway test intermediate/);
    const tunnel = ['tunnel', 'create', 'remote', ...status.slice(1), '--json'];
    const created = await runGangway([...tunnel, `--ca=${authority.caFile}`]);
    const { enrolmentCode } = JSON.parse(created.stdout) as { enrolmentCode: string };
    assert.match(
      enrolmentCode,
      /^GW(-[0-9A-Z]{5}){3}$/,
      'an authority vouches, so there is no key in it',
    );
    assert.match(await refused('no-ca', enrolmentCode), /no authority trusted here vouches for it/);
    const agent = await agentWith(t, 'with-ca', enrolmentCode, [`--ca=${authority.caFile}`]);
    await agent.stop();
    const nowhere = await runGangway([...status, '--ca=/nowhere.pem']);
    assert.equal(nowhere.status, 2, nowhere.output);
    assert.match(nowhere.output, /--ca "\/nowhere\.pem" cannot be read/);
  });
});

/** What an agent says of the first failure of this kind; an attempt made before it may have failed otherwise. */
async function linkDown(agent: GangwayProcess, from: number, kind: RegExp): Promise<string> {
  for (let at = from; ;) {
    const event = await agent.waitFor('link-down', { from: at, timeoutMs: RETRY_MS });
    if (kind.test(String(event['msg']))) return String(event['msg']);
    at = agent.events().indexOf(event) + 1;
  }
}
