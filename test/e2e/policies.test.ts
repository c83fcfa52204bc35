import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import {
  gangwayFor,
  runGangway,
  updateTunnel,
  type GangwayInFront,
  type LogEvent,
} from '../support/gangway.ts';
import { dial, RawClient, type From } from '../support/raw-client.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

const OTHER = { localAddress: '127.0.0.2' };
/** The other end of 127.0.0.0/8: not in the same /24. */
const FAR = { localAddress: '127.0.9.1' };
/** A change holds in the running relay when its command has ended, within this. */
const EFFECT_MS = 1000;

describe('policies of a tunnel in a running relay', () => {
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  before(async () => {
    server = await ScriptedServer.start();
    gangway = await gangwayFor(server, { passivePorts: 2 });
  });
  const DEFAULTS =
    '--allow any --deny none --no-read-only --data-source same --max-sessions default ' +
    '--max-sessions-per-address default --idle-timeout default --login-timeout default ' +
    '--stall-timeout default --server-mode default --client-mode default';
  afterEach(async () => {
    server.script = {};
    await update(...DEFAULTS.split(' '));
  });
  after(async () => {
    await gangway?.close();
    await server?.close();
  });

  async function update(...flags: string[]): Promise<void> {
    await updateTunnel(gangway.relay, flags);
  }

  /** What a client reads that is turned away, and the line the relay logged of it. */
  async function turnedAway(from: From = {}): Promise<{ text: string; line: LogEvent }> {
    const seen = gangway.relay.events().length;
    const client = await RawClient.connect(gangway, from);
    const text = await client.expect(421);
    assert.equal(await client.control.outcome, 'fin');
    client.close();
    return { text, line: await gangway.relay.waitFor('turned-away', { from: seen }) };
  }

  it('a denied address is turned away and told so; sessions that are there stay', async () => {
    const before = await RawClient.login(gangway, OTHER);
    await update('--deny', '127.0.0.2');
    const { text, line } = await turnedAway(OTHER);
    assert.match(text, /127\.0\.0\.2 is not allowed here/);
    assert.partialDeepStrictEqual(line, {
      client: '127.0.0.2',
      why: 'address-not-allowed',
      code: 421,
      tunnel: 'ftp',
    });
    await (await RawClient.login(gangway)).quit();
    await before.ask('PWD', 257);
    await before.quit();
  });

  it('an allow list turns all others away, IPv4 or mapped', async () => {
    await update('--allow', '::ffff:127.0.0.2', '2001:db8::/32');
    assert.match((await turnedAway()).text, /127\.0\.0\.1 is not allowed here/);
    await (await RawClient.login(gangway, OTHER)).quit();
  });

  it('sessions of one address are bounded, and the reply names the limit', async () => {
    await update('--max-sessions-per-address', '1');
    const first = await RawClient.login(gangway);
    const { text, line } = await turnedAway();
    assert.match(text, /Too many sessions from your address: at most 1/);
    assert.equal(line['why'], 'max-sessions-per-address');
    await (await RawClient.login(gangway, OTHER)).quit();
    await first.quit();
    await gone();
    await (await RawClient.login(gangway)).quit();
  });

  it('sessions in all are bounded; those beyond a new limit stay', async () => {
    const clients = [await RawClient.login(gangway), await RawClient.login(gangway, OTHER)];
    await update('--max-sessions', '1');
    const { text, line } = await turnedAway(FAR);
    assert.match(text, /Too many sessions at once: .* at most 1/);
    assert.equal(line['why'], 'max-sessions');
    for (const client of clients) await client.quit();
    await gone();
    await (await RawClient.login(gangway, FAR)).quit();
  });

  it('read-only holds for the next command of sessions that are there, and ends so', async () => {
    const client = await RawClient.login(gangway);
    const session = server.sessions.at(-1);
    await update('--read-only');
    assert.match(await client.ask('DELE file', 550), /read-only.*DELE/);
    assert.match(await client.ask('SITE CHMOD 777 file', 550), /read-only/);
    const data = await client.openData();
    assert.match(await client.ask('STOR file', 550), /read-only/);
    data.socket.destroy();
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    await update('--no-read-only');
    await client.upload('STOR file', Buffer.from('more'));
    await client.quit();
    const heard = session?.commands.map((line) => line.split(' ')[0]);
    assert.deepEqual(
      heard?.filter((verb) => /DELE|SITE|STOR/.test(verb ?? '')),
      ['STOR'],
    );
  });

  it('the login time-out is that of the tunnel', async () => {
    await update('--login-timeout', '1s');
    const client = await RawClient.connect(gangway);
    await client.expect(220);
    assert.match(await client.expect(421), /No login within 1 seconds/);
    client.close();
  });

  it('the idle time-out is that of the tunnel, for new sessions', async () => {
    const before = await RawClient.login(gangway);
    await update('--idle-timeout', '1s');
    const client = await RawClient.login(gangway);
    assert.match(await client.expect(421), /No command for 1 seconds/);
    client.close();
    await before.ask('PWD', 257);
    await before.quit();
  });

  it('a transfer that stalls is broken off after the time of the tunnel', async () => {
    await update('--stall-timeout', '1s');
    server.script = {
      RETR: async (session) => {
        const data = await session.data();
        session.reply('150 here');
        data.send('half');
        session.reply((await data.finished) === 'fin' ? '226 sent' : '426 the server saw a reset');
      },
    };
    const client = await RawClient.login(gangway);
    const data = await client.openData();
    const seen = gangway.relay.events().length;
    await client.ask('RETR file', 150);
    assert.equal(await data.outcome, 'rst');
    await client.expect(426);
    const ended = await gangway.relay.waitFor('session-transfer-ended', { from: seen });
    assert.match(JSON.stringify(ended), /nothing moved on the data connection for 1 seconds/);
    await client.quit();
  });

  /** A download whose data connection comes from elsewhere than the control connection. */
  async function downloadFrom(from: From): Promise<string> {
    const client = await RawClient.login(gangway);
    const data = await dial(await client.passive(), from);
    await client.ask('RETR file', 150);
    const outcome = await data.outcome;
    data.end();
    if (outcome === 'fin') await client.expect(226);
    await client.quit();
    return data.received.toString();
  }

  it('case 38: data connections come from the same address, the same network or anywhere', async () => {
    const strict = await RawClient.login(gangway);
    const stranger = await dial(await strict.passive(), OTHER);
    assert.equal(await stranger.outcome, 'rst');

    await update('--data-source', 'same-network');
    const seen = gangway.relay.events().length;
    assert.equal(await downloadFrom(OTHER), 'contents');
    const line = await gangway.relay.waitFor('passive-other-address', { from: seen });
    assert.partialDeepStrictEqual(line, { client: '127.0.0.1', from: '127.0.0.2' });
    const far = await dial(await strict.passive(), FAR);
    assert.equal(await far.outcome, 'rst');

    await update('--data-source', 'any');
    assert.equal(await downloadFrom(FAR), 'contents');

    await update('--data-source', 'same');
    const again = await dial(await strict.passive(), OTHER);
    assert.equal(await again.outcome, 'rst');
    assert.equal((await strict.download('RETR file')).toString(), 'contents');
    await strict.quit();
  });

  it('a client mode holds for the next data connection of sessions that are there', async () => {
    const client = await RawClient.login(gangway);
    await update('--client-mode', 'active');
    const seen = gangway.relay.events().length;
    assert.match(await client.ask('EPSV', 502), /switch your client to active mode/);
    const line = await gangway.relay.waitFor('session-refused', { from: seen });
    assert.partialDeepStrictEqual(line, { verb: 'EPSV', code: 502 });

    await update('--client-mode', 'passive');
    assert.match(await client.ask('PORT 127,0,0,1,200,10', 502), /to passive mode/);
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    await client.quit();
  });

  it('an address that may not connect takes no data, and the promise stays good', async () => {
    for (const refusing of [
      ['--deny', '127.0.9.0/24'],
      ['--allow', '127.0.0.0/24'],
    ]) {
      await update('--data-source', 'any', '--deny', 'none', ...refusing);
      const client = await RawClient.login(gangway);
      const promised = await client.passive();
      const seen = gangway.relay.events().length;
      const denied = await dial(promised, FAR);
      assert.equal(await denied.outcome, 'rst');
      const line = await gangway.relay.waitFor('passive-stranger', { from: seen });
      assert.equal(line['client'], '127.0.9.1');
      const data = await dial(promised, OTHER);
      await client.ask('RETR file', 150);
      assert.equal(await data.outcome, 'fin');
      assert.equal(data.received.toString(), 'contents');
      data.end();
      await client.expect(226);
      await client.quit();
    }
  });

  it('a client whose address is denied meanwhile still gets its data', async () => {
    const client = await RawClient.login(gangway, OTHER);
    await update('--deny', '127.0.0.2', '--data-source', 'any');
    assert.equal((await client.download('RETR file')).toString(), 'contents');
    await client.quit();
  });

  it('a change holds within 1 s and closes neither port nor session', async () => {
    const client = await RawClient.login(gangway);
    const data = await client.openData();
    const path = `${gangway.relay.url}/api/v1/tunnels/ftp`;
    const made = await runGangway([
      'token',
      'create',
      'test',
      '--data-dir',
      gangway.relay.dataDir,
      '--json',
    ]);
    const { token } = JSON.parse(made.stdout) as { token: string };
    const began = performance.now();
    const answer = await fetch(path, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ policy: { readOnly: true, deny: ['127.0.0.2'] } }),
    });
    assert.equal(answer.status, 200);
    await turnedAway(OTHER);
    await client.ask('DELE file', 550);
    assert.ok(performance.now() - began < EFFECT_MS);
    await client.ask('RETR file', 150);
    assert.equal(await data.outcome, 'fin');
    data.end();
    await client.expect(226);
    await client.quit();
    const listened = gangway.relay.events().filter((line) => line['event'] === 'listening');
    assert.equal(listened.length, 1);
  });

  /** The relay has noticed that every session is over. */
  async function gone(): Promise<void> {
    while ((await gangway.relay.counts()).sessions > 0);
  }
});
