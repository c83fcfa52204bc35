import { createHash, randomFillSync } from 'node:crypto';
import { link, mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testAuthority } from '../support/certificates.ts';
import type { Issued } from '../support/certificates.ts';
import { startProftpd, startVsftpd } from '../support/servers/index.ts';
import type { RealServer } from '../support/servers/index.ts';
import { MIDDLE, RELAY, SITE, buildLaboratory } from './laboratory.ts';
import type { Laboratory } from './laboratory.ts';

/** What stays for all scenarios: the networks, the FTP servers, the certificates, the files to transfer. */
export interface Ground {
  readonly lab: Laboratory;
  readonly servers: readonly RealServer[];
  /** The relay's certificate, and the file of the root that signed it. */
  readonly certificate: Issued;
  readonly caFile: string;
  /** A local folder that goes with the ground. */
  readonly folder: string;
  /** A file of random bytes, which both servers have under its name. Each size is made once. */
  sample(bytes: number): Promise<Sample>;
  close(): Promise<void>;
}

/** A file to send and to fetch. */
export interface Sample {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

const BLOCK_BYTES = 4 * 1024 * 1024;

/** Lays it. @throws Error with what the system or a server said; then nothing of it is left. */
export async function layGround(): Promise<Ground> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const each of closing.splice(0).toReversed()) await each();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'gangway-chaos-'));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const lab = await buildLaboratory();
    closing.push(() => lab.remove());
    const place = { host: SITE, within: lab.within('site') };
    // Behind Gangway everybody is the agent, and vsftpd lets one address in 50 times. Its replies are
    // what it says of transfers.
    const vsftpd = await startVsftpd({
      ...place,
      config: ['max_per_ip=0', 'log_ftp_protocol=YES'],
    });
    closing.push(() => vsftpd.stop());
    const proftpd = await startProftpd({ ...place, config: ['MaxInstances 200'] });
    closing.push(() => proftpd.stop());
    const authority = await testAuthority();
    const certificate = await authority.issue({ names: [RELAY, MIDDLE] });
    const servers = [vsftpd, proftpd];
    const samples = new Map<number, Promise<Sample>>();
    const sample = (bytes: number): Promise<Sample> => {
      const made = samples.get(bytes) ?? makeSample(folder, servers, bytes);
      samples.set(bytes, made);
      return made;
    };
    return { lab, servers, certificate, caFile: authority.caFile, folder, sample, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeSample(
  folder: string,
  servers: readonly RealServer[],
  bytes: number,
): Promise<Sample> {
  await mkdir(join(folder, 'samples'), { recursive: true });
  const name = `sample-${bytes}.bin`;
  const path = join(folder, 'samples', name);
  const hash = createHash('sha256');
  const file = await open(path, 'w', 0o644);
  const block = Buffer.alloc(Math.min(bytes, BLOCK_BYTES));
  for (let left = bytes; left > 0; left -= block.length) {
    const piece = randomFillSync(block).subarray(0, left);
    hash.update(piece);
    await file.write(piece);
  }
  await file.close();
  for (const server of servers) await link(path, join(server.home, name));
  return { name, path, bytes, sha256: hash.digest('hex') };
}
