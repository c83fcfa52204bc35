import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'basic-ftp';
import { ensureDebianPackages } from '../support/debian.ts';
import { gangwayFor } from '../support/gangway.ts';
import type { Counts, GangwayInFront, GangwayProcess } from '../support/gangway.ts';
import { startVsftpd } from '../support/servers/index.ts';
import type { RealServer } from '../support/servers/index.ts';

const SESSIONS = 200;
const FILE_BYTES = 100_000;
/** GANGWAY_SESSIONS_SECONDS shortens the run while developing. */
const SECONDS = Number(process.env['GANGWAY_SESSIONS_SECONDS'] ?? '30');
/** All sessions come from one address, and each may have one data connection pending. */
const PASSIVE_PORTS = 256;
/**
 * vsftpd lets 32 connections wait for their greeting; of more at the same moment the kernel forgets
 * some, without Gangway too. So the sessions come in groups; then all work at once.
 */
const LOGINS_AT_ONCE = 20;
const CLIENT_TIMEOUT_MS = 30_000;
/** vsftpd needs a moment to end 200 sessions. */
const IDLE_WITHIN_MS = 15_000;
const POLL_MS = 100;
const SAME_COUNTS = 10;

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');

describe(`${SESSIONS} sessions at once for ${SECONDS} s`, { skip }, () => {
  let server: RealServer;
  let gangway: GangwayInFront;
  const file = randomBytes(FILE_BYTES);
  const sha256 = createHash('sha256').update(file).digest('hex');
  before(async () => {
    // vsftpd lets one address in 50 times by default, and behind Gangway everybody is the agent.
    server = await startVsftpd({ config: ['max_per_ip=0'] });
    await writeFile(join(server.home, 'file.bin'), file);
    gangway = await gangwayFor(server, { passivePorts: PASSIVE_PORTS });
  });
  after(async () => {
    await gangway?.close();
    await server?.stop();
  });

  it('meet no error and leave nothing behind', async () => {
    // The first session opens what stays open, such as the agent's first look at the server.
    await work(await login(), performance.now());
    const idle = { relay: await settled(gangway.relay), agent: await settled(gangway.agent) };
    const clients: Client[] = [];
    while (clients.length < SESSIONS) {
      clients.push(...(await Promise.all(Array.from({ length: LOGINS_AT_ONCE }, login))));
    }
    const during = await gangway.relay.counts();
    assert.equal(during.sessions, SESSIONS);
    const until = performance.now() + SECONDS * 1000;
    const rounds = await Promise.all(clients.map((client) => work(client, until)));
    const total = rounds.reduce((sum, each) => sum + each, 0);
    console.log(`${SESSIONS} sessions, ${SECONDS} s: ${total} listings and fetches of 100 KB`);
    assert.deepEqual(await settled(gangway.relay), idle.relay, 'the relay holds more than before');
    assert.deepEqual(await settled(gangway.agent), idle.agent, 'the agent holds more than before');
  });

  async function login(): Promise<Client> {
    const client = new Client(CLIENT_TIMEOUT_MS);
    const { user, password } = server;
    await client.access({ host: gangway.host, port: gangway.port, user, password });
    return client;
  }

  /** Lists and fetches until that time, at least once, and leaves; returns how often. */
  async function work(client: Client, until: number): Promise<number> {
    try {
      let rounds = 0;
      do {
        const names = (await client.list()).map((each) => each.name);
        assert.deepEqual(names, ['file.bin']);
        const hash = createHash('sha256');
        await client.downloadTo(sinkInto(hash), 'file.bin');
        assert.equal(hash.digest('hex'), sha256);
        rounds += 1;
      } while (performance.now() < until);
      await client.send('QUIT');
      return rounds;
    } finally {
      client.close();
    }
  }
});

function sinkInto(hash: ReturnType<typeof createHash>): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done();
    },
  });
}

/**
 * What a program holds once its last session is gone, which is a little after the client went, and once
 * the same was counted several times in a row.
 */
async function settled(program: GangwayProcess): Promise<Counts> {
  const deadline = performance.now() + IDLE_WITHIN_MS;
  let before = await held(program);
  for (let same = 0; same < SAME_COUNTS && performance.now() < deadline;) {
    await delay(POLL_MS);
    const now = await held(program);
    same = now.sessions === 0 && JSON.stringify(now) === JSON.stringify(before) ? same + 1 : 0;
    before = now;
  }
  return before;
}

async function held(program: GangwayProcess): Promise<Counts> {
  const { sessions, streams, channels, handles } = await program.counts();
  return { sessions, streams, channels, handles };
}
