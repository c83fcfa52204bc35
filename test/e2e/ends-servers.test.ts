import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { ensureDebianPackages } from '../support/debian.ts';
import { startRelay, type Relay } from '../support/gangway.ts';
import { Line } from '../support/line.ts';
import { reservePortBlock, type PortBlock } from '../support/ports.ts';
import { RunningUpload } from '../support/running-upload.ts';
import { REAL_SERVERS } from '../support/servers/index.ts';
import { WitnessedServer } from '../support/servers/witnessed.ts';
import { Site } from '../support/site.ts';

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');

/** No real server takes an upload for complete whose link has ended, however it did. */
describe('uploads to real servers whose link ends', { skip, concurrency: false }, () => {
  let folder: string;
  let ports: PortBlock;
  let relay: Relay;
  let line: Line;
  let servers: WitnessedServer[];
  let sites: Site[];
  let uploads: RunningUpload[] = [];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gangway-relay-'));
    ports = await reservePortBlock(32);
    relay = await beginRelay('--link-grace=60s');
    line = await Line.lay({ host: '127.0.0.1', port: ports.last });
    servers = await Promise.all(
      Object.values(REAL_SERVERS).map(async (start) => WitnessedServer.of(await start())),
    );
    sites = await openSites();
  });
  after(async () => {
    for (const site of sites ?? []) await site.close();
    for (const server of servers ?? []) await server.close();
    await line?.cut();
    await relay?.stop();
    await ports?.release();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    uploads = await Promise.all(
      servers.map((server, index) => RunningUpload.begin(siteOf(index), server)),
    );
  });
  afterEach(() => {
    for (const { client } of uploads) client.close();
  });

  const beginRelay = (...flags: string[]): Promise<Relay> => {
    const http = `--http=127.0.0.1:${ports.last}`;
    return startRelay({ dir: folder, ports, passivePorts: 8, flags: [http, ...flags] });
  };
  const openSites = (suffix = '', firstPort = ports.first + 8): Promise<Site[]> => {
    const relayUrl = `http://${line.host}:${line.port}`;
    return Promise.all(
      servers.map(({ server, at }, index) => {
        const port = firstPort + index;
        return Site.open(relay, at, { name: `${server.name}${suffix}`, port, relayUrl });
      }),
    );
  };
  const siteOf = (index: number): Site => {
    const site = sites[index];
    assert.ok(site !== undefined);
    return site;
  };
  const forAll = (act: (site: Site) => Promise<unknown>): Promise<unknown> =>
    Promise.all(sites.map(act));
  /** Calls `act`, and resolves when every agent is with the relay again. */
  const untilBack = async (act: () => Promise<void>): Promise<void> => {
    const seen = sites.map(({ agent }) => agent.events().length);
    await act();
    await Promise.all(sites.map((site, index) => site.back(seen[index] ?? 0)));
  };

  /** No server says that its upload is complete. @param silent servers that may say nothing */
  async function incomplete(silent: string[] = []): Promise<void> {
    const words = await Promise.all(uploads.map((upload) => upload.word()));
    const said = servers.map(({ server }, index) => {
      const isSilent = words[index] === 'nothing' && silent.includes(server.name);
      return [server.name, isSilent ? 'incomplete' : words[index]];
    });
    assert.deepEqual(
      said,
      servers.map(({ server }) => [server.name, 'incomplete']),
    );
  }

  it('the agent is stopped', async () => {
    await forAll(({ agent }) => agent.stop());
    for (const upload of uploads)
      await upload.told(/: the agent beside the FTP server was stopped\./);
    await incomplete();
    await forAll((site) => site.begin());
  });

  it('the agent is killed and started again: the grace is not waited for', async () => {
    await forAll(({ agent }) => agent.kill());
    // A control connection ends with its process, before the guard process can reset what it holds.
    await incomplete(['pure-ftpd']);
    await forAll((site) => site.begin());
    for (const upload of uploads) {
      await upload.told(/: the agent beside the FTP server was started again\./);
    }
  });

  it('the relay is killed and started again', async () => {
    await relay.kill();
    await untilBack(async () => {
      relay = await beginRelay('--link-grace=1s', '--drain-timeout=200ms');
    });
    await incomplete();
  });

  it('the line is down for longer than the grace', async () => {
    await line.cut();
    const reason = /: the line to the agent beside the FTP server was down for more than 1 s\./;
    for (const upload of uploads) await upload.told(reason);
    await incomplete();
    await untilBack(() => line.mend());
  });

  it('the relay is stopped, and does not wait for a transfer any longer', async () => {
    const stopped = relay.stop();
    for (const upload of uploads) await upload.told(/: the relay is stopping\./);
    await incomplete();
    for (const { client } of uploads) client.close();
    assert.equal(await stopped, 0);
    // They would wait ever longer before they try again.
    await forAll(({ agent }) => agent.kill());
    relay = await beginRelay();
    await forAll((site) => site.begin());
  });

  it('the agent is revoked', async () => {
    await forAll((site) => site.revoke(relay));
    const reason = /: the access of the agent beside the FTP server was revoked\./;
    for (const upload of uploads) await upload.told(reason);
    await incomplete();
    await forAll((site) => site.close());
    sites = await openSites('-again', ports.first + 16);
  });

  it('the tunnel is deleted', async () => {
    await forAll((site) => site.delete(relay));
    for (const upload of uploads) await upload.told(/: the tunnel was deleted\./);
    await incomplete();
  });
});
