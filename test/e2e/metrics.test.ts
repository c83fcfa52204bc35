import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { curl } from '../support/clients/curl.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import { parseExposition, type Exposition } from '../support/exposition.ts';
import { gangwayFor, runGangway, startRelay, type GangwayInFront } from '../support/gangway.ts';
import { reservePortBlock } from '../support/ports.ts';
import { startVsftpd } from '../support/servers/vsftpd.ts';
import type { RealServer } from '../support/servers/real-server.ts';

const BYTES = 3_000_000;

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');

describe('metrics of a relay that runs', { skip }, () => {
  let server: RealServer;
  let gangway: GangwayInFront;
  let token: string;
  before(async () => {
    server = await startVsftpd();
    gangway = await gangwayFor(server);
    const { dataDir } = gangway.relay;
    const made = await runGangway([
      'token',
      'create',
      'collector',
      '--json',
      '--data-dir',
      dataDir,
    ]);
    token = /gwt_\w+/.exec(made.stdout)?.[0] ?? assert.fail(made.output);
  });
  after(async () => {
    await gangway?.close();
    await server?.stop();
  });

  const ask = (authorization: string): Promise<Response> =>
    fetch(`${gangway.relay.url}/metrics`, { headers: { authorization } });
  const read = async (): Promise<Exposition> =>
    parseExposition(await (await ask(`Bearer ${token}`)).text());
  /** Collects until `isThere` holds: what is over for the client is over for the relay a moment later. */
  const readUntil = async (isThere: (given: Exposition) => boolean): Promise<Exposition> => {
    for (;;) {
      const given = await read();
      if (isThere(given)) return given;
      await delay(50);
    }
  };

  it('are refused without a token', async () => {
    const refused = await ask('Bearer wrong');
    assert.equal(refused.status, 401);
    assert.doesNotMatch(await refused.text(), /gangway_sessions/);
  });

  it('count what a client transfers, both ways', async (t) => {
    const beforehand = await read();
    assert.equal(beforehand.sum('gangway_tunnel_up', { tunnel: 'ftp' }), 1);
    assert.equal(beforehand.sum('gangway_transfers_total'), 0);
    const local = join(server.home, '..', 'metrics.bin');
    await writeFile(local, Buffer.alloc(BYTES, 7));
    const { user, password } = server;
    const client = curl({ user, password, host: gangway.host, port: gangway.port });
    const sent = await client.put(local, 'up.bin');
    assert.equal(sent.status, 0, sent.stderr.toString());
    const got = await client.get('up.bin', `${local}.again`);
    assert.equal(got.status, 0, got.stderr.toString());
    const { sum } = await readUntil(
      (given) => given.sum('gangway_sessions_closed_total', { outcome: 'ok' }) === 2,
    );
    for (const direction of ['download', 'upload']) {
      const way = { tunnel: 'ftp', direction };
      assert.equal(sum('gangway_transfers_total', { ...way, outcome: 'ok' }), 1);
      assert.equal(sum('gangway_transfer_bytes_total', way), BYTES);
    }
    assert.equal(sum('gangway_sessions_opened_total', { tunnel: 'ftp' }), 2);
    assert.equal(sum('gangway_sessions'), 0);
    assert.equal(sum('gangway_data_setup_seconds_count', { mode: 'passive' }), 2);
    assert.equal(sum('gangway_agent_connects_total', { how: 'first' }), 1);
    t.diagnostic(`${(sum('gangway_data_setup_seconds_sum') ?? 0) * 500} ms a set-up`);
  });

  it('measure the round trip to the agent', async () => {
    const { sum } = await readUntil(
      (given) => (given.sum('gangway_round_trip_seconds_count') ?? 0) > 0,
    );
    const last = sum('gangway_link_round_trip_seconds', { tunnel: 'ftp' });
    assert.ok(last !== undefined && last > 0 && last < 10);
  });
});

describe('the place of metrics', () => {
  it('is an address of its own, where they need no token, and then not the HTTP port', async () => {
    const block = await reservePortBlock(1);
    const at = `127.0.0.1:${block.first}`;
    const relay = await startRelay({ passivePorts: 16, flags: [`--metrics=${at}`] });
    try {
      const given = parseExposition(await (await fetch(`http://${at}/metrics`)).text());
      assert.equal(given.sum('gangway_tunnels'), 0);
      assert.equal((await fetch(`${relay.url}/metrics`)).status, 404);
    } finally {
      await relay.stop();
      await block.release();
    }
  });

  it('is nowhere if they are off', async () => {
    const relay = await startRelay({ passivePorts: 16, flags: ['--metrics=off'] });
    try {
      assert.equal((await fetch(`${relay.url}/metrics`)).status, 404);
    } finally {
      await relay.stop();
    }
  });
});
