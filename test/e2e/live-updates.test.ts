import assert from 'node:assert/strict';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ensureDebianPackages } from '../support/debian.ts';
import { gangwayFor, runGangway, updateTunnel, type GangwayInFront } from '../support/gangway.ts';
import { RawClient } from '../support/raw-client.ts';
import { RelayApi } from '../support/relay-api.ts';
import { startVsftpd, type RealServer } from '../support/servers/index.ts';

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');
const BYTES = 50_000_000;

describe('live updates of the API', { skip }, () => {
  let server: RealServer;
  let gangway: GangwayInFront;
  let api: RelayApi;

  before(async () => {
    server = await startVsftpd();
    const file = join(server.home, 'big.bin');
    await writeFile(file, '');
    await truncate(file, BYTES);
    gangway = await gangwayFor(server, { tunnelFlags: ['--session-bandwidth', '500k'] });
    api = await RelayApi.of(gangway.relay);
  });
  after(async () => {
    api?.close();
    await gangway?.close();
    await server?.stop();
  });

  it('show a transfer move, with its size and rate, and end it when it is killed', async () => {
    const events = await api.listen('?watch=sessions&limit=10&tunnel=ftp');
    await events.next('sessions', ({ total }) => total === 0);
    const { user, password } = server;
    const client = await RawClient.login({ ...gangway, user, password });
    const data = await client.openData();
    await client.ask('RETR big.bin', 150);
    const moved = await events.next('sessions', ({ items }) => {
      const transfer = items[0]?.transfer;
      return (transfer?.bytes ?? 0) > 0 && (transfer?.rate ?? 0) > 0;
    });
    const [session] = moved.data.items;
    assert.deepEqual(
      [session?.user, session?.mode, session?.command, session?.transfer?.size],
      [server.user, 'EPSV', 'RETR big.bin', BYTES],
    );
    const before = session?.transfer?.bytes ?? 0;
    await events.next('sessions', ({ items }) => (items[0]?.transfer?.bytes ?? 0) > before);
    await events.next('tick', ({ transfers }) => transfers[0]?.id === session?.id);
    const id = session?.id ?? '';
    assert.equal((await api.call('DELETE', `/sessions/${id}`)).status, 204);
    assert.equal(await data.outcome, 'rst', 'what was cut short looks broken');
    await client.expect(426);
    assert.match(await client.expect(421), /ended by an administrator/);
    const transfer = await events.next('transfer', ({ session: of }) => of === id);
    assert.deepEqual([transfer.data.ok, transfer.data.code], [false, 426]);
    await events.next('sessions', ({ total }) => total === 0);
    assert.equal((await api.call('DELETE', `/sessions/${id}`)).status, 404);
  });

  it('give what was missed to a page that comes again, and say when they cannot', async () => {
    const first = await api.listen();
    await updateTunnel(gangway.relay, ['--max-sessions', '50']);
    const seen = await first.next('tunnel');
    await updateTunnel(gangway.relay, ['--max-sessions', '60']);
    const again = await api.listen('', seen.id);
    assert.equal((await again.next('tunnel')).data.name, 'ftp');
    const lost = await api.listen('', 'another-run-7');
    await lost.next('resync');
  });

  it('end for a token that is revoked', async () => {
    const { dataDir } = gangway.relay;
    const other = await RelayApi.of(gangway.relay, 'viewer');
    const events = await other.listen();
    await events.next('tick');
    const listed = await runGangway(['token', 'list', '--data-dir', dataDir, '--json']);
    const { tokens } = JSON.parse(listed.stdout) as { tokens: { id: string; name: string }[] };
    const id = tokens.find(({ name }) => name === 'test-viewer')?.id ?? '';
    const revoked = await runGangway(['token', 'revoke', id, '--data-dir', dataDir]);
    assert.equal(revoked.status, 0, revoked.output);
    await events.over;
    assert.equal((await other.call('GET', '/overview')).status, 401);
  });
});
