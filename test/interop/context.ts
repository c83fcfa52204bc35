import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FtpClientUnderTest } from '../support/clients/index.ts';
import type { RealServer } from '../support/servers/index.ts';
import type { CellContext } from './cells.ts';
import { makeOwned, writeMirrorFolder, writeSamples } from './samples.ts';
import type { Sample } from './samples.ts';

const SAMPLE_FOLDER = 'samples';
const MIRROR_FOLDER = 'many';

/** Puts what cells fetch into a server's home. */
export async function fillServer(server: RealServer, samples: readonly Sample[]): Promise<void> {
  await writeSamples(join(server.home, SAMPLE_FOLDER), samples);
  await writeMirrorFolder(join(server.home, MIRROR_FOLDER));
}

/**
 * Makes the folders of one client on one way to a server that was filled.
 * @param label unique among the contexts of that server, and the name of the remote folder.
 */
export async function openContext(
  label: string,
  server: RealServer,
  client: FtpClientUnderTest,
  samples: readonly Sample[],
): Promise<CellContext> {
  const disk = join(server.home, label);
  await makeOwned(server, disk);
  const local = await mkdtemp(join(tmpdir(), 'gangway-interop-'));
  const remote = { remote: label, sampleFolder: SAMPLE_FOLDER, mirrorFolder: MIRROR_FOLDER };
  return { server, client, samples, disk, local, ...remote };
}

/** Removes the local folder; what is at the server goes with the server. */
export async function closeContext(context: CellContext | undefined): Promise<void> {
  if (context !== undefined) await rm(context.local, { recursive: true, force: true });
}
