import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { gangwayFor } from '../support/gangway.ts';
import { dial, RawClient } from '../support/raw-client.ts';
import { download, ScriptedServer } from '../support/scripted-server.ts';

/** Small enough to be gone in one read: whoever reads it, reads all of it. */
const CONTENTS = randomBytes(10_000);
/** Keeps the agent busy meanwhile, so that another reader of its sockets would come first. */
const NOISE = Buffer.alloc(64 * 1024 * 1024);
const TRANSFERS = 40;
/** Answers that pass before the download begins: time for whatever the upload has set in motion. */
const ROUNDS = 5;

it('a download after an upload, its connection made before its command, is whole', async () => {
  const server = await ScriptedServer.start();
  server.script = {
    RETR: (session, name) => download(name === 'noise' ? NOISE : CONTENTS)(session, name),
  };
  const gangway = await gangwayFor(server);
  const state = { over: false };
  const makeNoise = async (): Promise<void> => {
    const client = await RawClient.login(gangway);
    while (!state.over) await client.download('RETR noise');
    await client.quit();
  };
  const noise = makeNoise();
  try {
    const client = await RawClient.login(gangway);
    for (let i = 0; i < TRANSFERS; i += 1) {
      await client.upload('STOR file', Buffer.from('upload'));
      const data = await dial(await client.passive());
      for (let round = 0; round < ROUNDS; round += 1) await client.ask('NOOP', 200);
      await client.ask('RETR file', 150);
      assert.equal(await data.outcome, 'fin');
      data.end();
      assert.equal(data.bytes, CONTENTS.length, `transfer ${i}`);
      assert.equal(data.received.compare(CONTENTS), 0);
      await client.expect(226);
    }
    await client.quit();
  } finally {
    state.over = true;
    await noise;
    await gangway.close();
    await server.close();
  }
});
