import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FTP_CLIENTS } from '../support/clients/index.ts';
import type { Operation } from '../support/clients/index.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import { gangwayFor } from '../support/gangway.ts';
import type { GangwayInFront } from '../support/gangway.ts';
import { REAL_SERVERS } from '../support/servers/index.ts';
import type { RealServer, ServerName } from '../support/servers/index.ts';
import { CELLS } from './cells.ts';
import type { Cell, CellContext } from './cells.ts';
import { whyNotOffered } from './not-offered.ts';
import { makeOwned, makeSamples, writeMirrorFolder, writeSamples } from './samples.ts';
import { interopTable } from './table.ts';
import type { CellOutcome } from './table.ts';

type Route = 'direct' | 'through Gangway';

/** GANGWAY_INTEROP=direct leaves Gangway out: it tells what clients and servers do by themselves. */
const ROUTES: readonly Route[] =
  process.env['GANGWAY_INTEROP'] === 'direct' ? ['direct'] : ['direct', 'through Gangway'];
const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');
const samples = makeSamples();
const outcomes: CellOutcome[] = [];
const NOWHERE = { host: '', port: 0, user: '', password: '' };
const CLIENT_NAMES = FTP_CLIENTS.map((make) => make(NOWHERE).name);

describe('real FTP clients with real FTP servers', { skip, concurrency: 4 }, () => {
  for (const name of Object.keys(REAL_SERVERS) as ServerName[]) {
    describe(name, { concurrency: 4 }, () => serverSuite(name));
  }
  after(() => console.log(`\n${interopTable(outcomes, CLIENT_NAMES)}`));
});

function serverSuite(name: ServerName): void {
  let server: RealServer;
  let gangway: GangwayInFront | undefined;
  before(async () => {
    server = await REAL_SERVERS[name]();
    await writeSamples(join(server.home, 'samples'), samples);
    await writeMirrorFolder(join(server.home, 'many'));
    if (ROUTES.includes('through Gangway')) gangway = await gangwayFor(server);
  });
  after(async () => {
    await gangway?.close();
    await server.stop();
  });
  for (const makeClient of FTP_CLIENTS) {
    const { name: client, can } = makeClient(NOWHERE);
    for (const route of ROUTES) {
      describe(`${client}, ${route}`, { concurrency: 1 }, () => {
        pairSuite({ server: name, client, route }, can, async () => {
          const { user, password } = server;
          const at = route === 'direct' ? server : gangway;
          assert.ok(at, 'Gangway is not running');
          const endpoint = { host: at.host, port: at.port, user, password };
          return { server, client: makeClient(endpoint) };
        });
      });
    }
  }
}

interface Pair {
  readonly server: ServerName;
  readonly client: string;
  readonly route: Route;
}

function pairSuite(
  pair: Pair,
  can: ReadonlySet<Operation>,
  start: () => Promise<Pick<CellContext, 'server' | 'client'>>,
): void {
  let context: CellContext;
  before(async () => {
    const { server, client } = await start();
    const remote = `${pair.client}-${pair.route === 'direct' ? 'direct' : 'gangway'}`;
    const disk = join(server.home, remote);
    await makeOwned(server, disk);
    const local = await mkdtemp(join(tmpdir(), 'gangway-interop-'));
    const folders = { remote, disk, local, sampleFolder: 'samples', mirrorFolder: 'many' };
    context = { server, client, samples, ...folders };
  });
  after(() => rm(context.local, { recursive: true, force: true }));
  for (const cell of CELLS) {
    if (cell.onlyLftp === true && pair.client !== 'lftp') continue;
    if (!cell.needs.every((operation) => can.has(operation))) continue;
    it(`${pair.server}, ${pair.client}, ${pair.route}: ${cell.name}`, () =>
      runCell(pair, cell, context));
  }
}

async function runCell(pair: Pair, cell: Cell, context: CellContext): Promise<void> {
  const reason = whyNotOffered(pair.server, pair.client, cell.name);
  const record = (outcome: CellOutcome['outcome']): void => {
    outcomes.push({
      ...pair,
      cell: cell.name,
      outcome,
      ...(reason === undefined ? {} : { reason }),
    });
  };
  try {
    await (reason === undefined ? cell.run(context) : assert.rejects(cell.run(context)));
  } catch (error) {
    record('failed');
    throw error;
  }
  record(reason === undefined ? 'ok' : 'n/a');
}
