import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SERVER_MODES, type ServerMode } from '../../shared/gateway/server-mode.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import { serveTunnel, startRelay } from '../support/gangway.ts';
import type { Relay, ServedTunnel } from '../support/gangway.ts';
import { REAL_SERVERS } from '../support/servers/index.ts';
import type { RealServer, ServerName } from '../support/servers/index.ts';
import type { Cell, CellContext } from './cells.ts';
import { closeContext, fillServer, openContext } from './context.ts';
import { whyNotOffered, whyNotRun } from './not-offered.ts';
import { pairingsOf, scopeOf } from './plan.ts';
import type { Pairing } from './plan.ts';
import { makeSamples } from './samples.ts';
import { interopTable } from './table.ts';
import type { CellOutcome } from './table.ts';

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');
const pairings = pairingsOf(scopeOf(process.env['GANGWAY_INTEROP']));
const serverNames = Object.keys(REAL_SERVERS) as ServerName[];
const samples = makeSamples();
const outcomes: CellOutcome[] = [];

describe('real FTP clients with real FTP servers', { skip, concurrency: 4 }, () => {
  for (const name of serverNames) {
    // pyftpdlib, with sessions at once, now and then greets one of them never.
    const concurrency = name === 'pyftpdlib' ? 1 : 4;
    describe(name, { concurrency }, () => serverSuite(name));
  }
  after(() => console.log(`\n${interopTable(outcomes, pairings, serverNames)}`));
});

function serverSuite(name: ServerName): void {
  let server: RealServer;
  let relay: Relay | undefined;
  const tunnels = new Map<ServerMode, ServedTunnel>();
  before(async () => {
    server = await REAL_SERVERS[name]();
    await fillServer(server, samples);
    const modes = SERVER_MODES.filter((mode) => pairings.some(({ way }) => way === mode));
    if (modes.length === 0) return;
    relay = await startRelay({ flags: ['--listen-host=::'] });
    for (const mode of modes) {
      const tunnelFlags = ['--server-mode', mode];
      tunnels.set(mode, await serveTunnel(relay, server, { name: mode, tunnelFlags }));
    }
  });
  after(async () => {
    for (const tunnel of tunnels.values()) await tunnel.close();
    await relay?.stop();
    await server?.stop();
  });
  for (const pairing of pairings) {
    const { client, mode, way } = pairing;
    describe(`${client} by ${mode}, ${way}`, { concurrency: 1 }, () => {
      pairingSuite(name, pairing, () => {
        const at = way === 'direct' ? server : tunnels.get(way);
        assert.ok(at, 'Gangway is not running');
        const host = pairing.family === 6 ? '::1' : at.host;
        const { user, password } = server;
        return { server, client: pairing.make({ host, port: at.port, user, password }) };
      });
    });
  }
}

function pairingSuite(
  name: ServerName,
  pairing: Pairing,
  start: () => Pick<CellContext, 'server' | 'client'>,
): void {
  let context: CellContext;
  before(async () => {
    const { server, client } = start();
    context = await openContext(pairing.label, server, client, samples);
  });
  after(() => closeContext(context));
  for (const cell of pairing.cells) {
    const reason = whyNotRun(name, pairing, cell);
    if (reason !== undefined) {
      outcomes.push({ ...pairing, server: name, cell: cell.name, outcome: 'n/a', reason });
      continue;
    }
    it(`${name}, ${pairing.label}: ${cell.name}`, () => runCell(name, pairing, cell, context));
  }
}

async function runCell(
  server: ServerName,
  { client, mode, way }: Pairing,
  cell: Cell,
  context: CellContext,
): Promise<void> {
  const reason = whyNotOffered({ server, client, mode, cell: cell.name });
  const record = (outcome: CellOutcome['outcome']): void => {
    const why = reason === undefined ? {} : { reason };
    outcomes.push({ server, client, mode, way, cell: cell.name, outcome, ...why });
  };
  try {
    await (reason === undefined ? cell.run(context) : assert.rejects(cell.run(context)));
  } catch (error) {
    record('failed');
    throw error;
  }
  record(reason === undefined ? 'ok' : 'n/a');
}
