import assert from 'node:assert/strict';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { chown, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { curl } from '../support/clients/index.ts';
import type { FtpClientUnderTest } from '../support/clients/index.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import { gangwayFor } from '../support/gangway.ts';
import type { GangwayInFront } from '../support/gangway.ts';
import type { ProgramResult } from '../support/program.ts';
import { startVsftpd } from '../support/servers/index.ts';
import type { RealServer } from '../support/servers/index.ts';
import { residentBytes, watchResidentMemory } from './resident-memory.ts';
import { sha256File } from './samples.ts';

const MIB = 1024 * 1024;
const FILE_MIB = 1024;
/** Windows and socket buffers need a few MiB; a program that buffers the file needs a thousand. */
const MAX_GROWTH = 64 * MIB;

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');

/** Writes 1 GiB that repeats nowhere; returns its SHA-256. */
async function writeGigabyte(path: string): Promise<string> {
  const cipher = createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16));
  const hash = createHash('sha256');
  const zeros = Buffer.alloc(MIB);
  const file = await open(path, 'w');
  for (let written = 0; written < FILE_MIB; written += 1) {
    const chunk = cipher.update(zeros);
    hash.update(chunk);
    await file.write(chunk);
  }
  await file.close();
  return hash.digest('hex');
}

describe('1 GB through Gangway to vsftpd with curl', { skip }, () => {
  let server: RealServer;
  let gangway: GangwayInFront;
  let local: string;
  let sha256: string;
  let direct: FtpClientUnderTest;
  let through: FtpClientUnderTest;
  const idle = { relay: 0, agent: 0 };
  before(async () => {
    server = await startVsftpd();
    gangway = await gangwayFor(server);
    local = await mkdtemp(join(tmpdir(), 'gangway-gigabyte-'));
    sha256 = await writeGigabyte(join(server.home, 'source'));
    await chown(join(server.home, 'source'), server.owner.uid, server.owner.gid);
    const { user, password } = server;
    direct = curl({ host: server.host, port: server.port, user, password });
    through = curl({ host: gangway.host, port: gangway.port, user, password });
    // The first session loads what every session needs.
    assert.equal((await through.list('')).status, 0);
    idle.relay = residentBytes(gangway.relay.pid);
    idle.agent = residentBytes(gangway.agent.pid);
  });
  after(async () => {
    await gangway?.close();
    await server?.stop();
    await rm(local, { recursive: true, force: true });
  });

  it('arrives whole in both directions and leaves memory as it was', async () => {
    const target = join(local, 'target');
    const uploaded = join(server.home, 'uploaded');
    const directions = [
      {
        label: 'download',
        result: target,
        transfer: (client: FtpClientUnderTest) => client.get('source', target),
      },
      {
        label: 'upload',
        result: uploaded,
        transfer: (client: FtpClientUnderTest) =>
          client.put(join(server.home, 'source'), 'uploaded'),
      },
    ];
    const grown: number[] = [];
    for (const { label, result, transfer } of directions) {
      const alone = await transfer(direct);
      succeeded(alone);
      await rm(result);
      const relay = watchResidentMemory(gangway.relay.pid);
      const agent = watchResidentMemory(gangway.agent.pid);
      const run = await transfer(through);
      const growth = { relay: relay.stop() - idle.relay, agent: agent.stop() - idle.agent };
      succeeded(run);
      assert.equal(await sha256File(result), sha256);
      await rm(result);
      console.log(report(label, alone, run, growth));
      grown.push(growth.relay, growth.agent);
    }
    assert.ok(Math.max(...grown) < MAX_GROWTH, `grew by ${grown.map(inMib).join(', ')} MiB`);
  });

  function report(
    label: string,
    alone: ProgramResult,
    run: ProgramResult,
    growth: { relay: number; agent: number },
  ): string {
    const rate = (result: ProgramResult): string =>
      `${((FILE_MIB / result.ms) * 1000).toFixed(0)} MiB/s`;
    const speed = `${rate(run)}, direct ${rate(alone)}, ratio ${(alone.ms / run.ms).toFixed(2)}`;
    const memory = (name: 'relay' | 'agent'): string =>
      `${name} ${inMib(idle[name])} MiB idle, at most +${inMib(growth[name])}`;
    return `1 GiB ${label}: ${speed}; ${memory('relay')}; ${memory('agent')}`;
  }
});

function succeeded(result: ProgramResult): void {
  assert.equal(result.status, 0, result.stderr.toString());
}

function inMib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
