import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { testAuthority, type Issued, type TestAuthority } from '../support/certificates.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import { REAL_SERVERS, type RealServer } from '../support/servers/index.ts';
import { CELLS } from './cells.ts';
import { closeContext, fillServer, openContext } from './context.ts';
import { runs, scopeOf } from './plan.ts';
import { makeSamples } from './samples.ts';
import { TlsTunnels } from './tls-tunnels.ts';
import {
  clientTlsOf,
  serverTlsOf,
  setupName,
  setupsOf,
  tlsPairingsOf,
  type Setup,
  type TlsPairing,
} from './tls-plan.ts';
import { tlsTable, type TlsOutcome } from './tls-table.ts';

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');
const scope = scopeOf(process.env['GANGWAY_INTEROP']);
const samples = makeSamples(['100 KB']);
const NAMES = new Set(['login and LIST', 'RETR 100 KB', 'STOR 100 KB']);
const cells = CELLS.filter(({ name }) => NAMES.has(name));
/** Where every name of the certificates leads. */
const CERTIFIED = ['localhost', '127.0.0.1', '::1'];
const outcomes: TlsOutcome[] = [];

describe('clients and servers that speak TLS', { skip, concurrency: 3 }, () => {
  let authority: TestAuthority;
  let issued: Issued;
  let tunnels: TlsTunnels | undefined;
  before(async () => {
    authority = await testAuthority();
    issued = await authority.issue({ names: CERTIFIED });
    if (scope !== 'direct') tunnels = await TlsTunnels.start(authority, issued);
  });
  after(async () => {
    await tunnels?.close();
    console.log(`\n${tlsTable(outcomes)}`);
  });
  for (const setup of setupsOf(scope)) {
    // pyftpdlib, with sessions at once, now and then greets one of them never.
    const concurrency = setup.server === 'pyftpdlib' ? 1 : 3;
    describe(setupName(setup), { concurrency }, () => {
      setupSuite(setup, () => ({ authority, issued, tunnels }));
    });
  }
});

interface Running {
  readonly authority: TestAuthority;
  readonly issued: Issued;
  readonly tunnels: TlsTunnels | undefined;
}

function setupSuite(setup: Setup, running: () => Running): void {
  const pairings = tlsPairingsOf(scope, setup);
  let server: RealServer;
  before(async () => {
    const { issued, tunnels } = running();
    const tls = serverTlsOf(setup);
    server = await REAL_SERVERS[setup.server](tls === undefined ? {} : { tls: { ...tls, issued } });
    await fillServer(server, samples);
    await tunnels?.serve(setup, server, pairings);
  });
  after(async () => {
    await running().tunnels?.leave(setup);
    await server?.stop();
  });
  for (const pairing of pairings) {
    const { client, tls, way, mustFail } = pairing;
    const ends = mustFail === undefined ? 'LIST, RETR and STOR of 100 KB' : `fails, ${mustFail}`;
    it(`${way}, ${tls}, ${client.name} by ${client.mode}: ${ends}`, () => {
      const { authority, tunnels } = running();
      const port = way === 'direct' ? server.port : tunnels?.portFor(pairing);
      assert.ok(port, 'there is a way');
      return runPairing(pairing, server, port, authority.caFile);
    });
  }
}

async function runPairing(
  pairing: TlsPairing,
  server: RealServer,
  port: number,
  caFile: string,
): Promise<void> {
  const { client, tls, way, mustFail } = pairing;
  const { user, password } = server;
  const host = client.family === 6 ? '::1' : '127.0.0.1';
  const secure = clientTlsOf(tls, caFile);
  const login = { host, port, user, password, ...(secure && { tls: secure }) };
  const label = `${way}-${tls}-${client.name}-${client.mode}`.replaceAll(/[^A-Za-z0-9]+/g, '-');
  const context = await openContext(label, server, client.make(login), samples);
  try {
    for (const cell of cells.filter((each) => runs(client, each))) {
      await (mustFail === undefined ? cell.run(context) : assert.rejects(cell.run(context)));
    }
    outcomes.push({ pairing, result: mustFail === undefined ? 'works' : 'refused' });
  } catch (error) {
    outcomes.push({ pairing, result: 'failed' });
    throw error;
  } finally {
    await closeContext(context);
  }
}
