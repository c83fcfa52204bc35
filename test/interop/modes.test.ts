import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { chown, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ensureDebianPackages } from '../support/debian.ts';
import { serveTunnel, startRelay, type Relay, type ServedTunnel } from '../support/gangway.ts';
import { RawClient } from '../support/raw-client.ts';
import { REAL_SERVERS, type RealServer, type ServerName } from '../support/servers/index.ts';
import {
  cellsOf,
  LOOPBACK,
  modesTable,
  SERVER_PLACES,
  type ModesCell,
  type ModesOutcome,
  type ServerPlace,
} from './modes-table.ts';
import { configForMode } from './restricted-servers.ts';

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');
const SAMPLE = randomBytes(100_000);
/** A port that is named in a command which is refused; nobody is dialled there. */
const NEVER_DIALLED = 10_000;
const outcomes: ModesOutcome[] = [];

describe(
  'case 50, case 51: every mode of client and server, over IPv4 and IPv6',
  { skip, concurrency: 2 },
  () => {
    for (const name of Object.keys(REAL_SERVERS) as ServerName[]) {
      // One session at a time: pyftpdlib loses track of a connection when several are active at once.
      describe(name, { concurrency: 1 }, () => serverSuite(name));
    }
    after(() => console.log(`\n${modesTable(outcomes)}`));
  },
);

function serverSuite(name: ServerName): void {
  let relay: Relay;
  before(async () => {
    relay = await startRelay({ flags: ['--listen-host=::'] });
  });
  after(() => relay?.stop());
  for (const place of SERVER_PLACES) {
    describe(`server mode ${place.mode} over IPv${place.family}`, () => {
      let server: RealServer;
      let tunnel: ServedTunnel;
      before(async () => {
        const config = configForMode(name, place.mode);
        server = await REAL_SERVERS[name]({ host: LOOPBACK[place.family], config });
        await writeFile(join(server.home, 'sample'), SAMPLE);
        await chown(join(server.home, 'sample'), server.owner.uid, server.owner.gid);
        tunnel = await serveTunnel(relay, server, {
          name: `${place.mode}-${place.family}`,
          tunnelFlags: ['--server-mode', place.mode],
        });
      });
      after(async () => {
        await tunnel?.close();
        await server?.stop();
      });
      placeSuite(name, place, () => ({ server, tunnel }));
    });
  }
}

function placeSuite(
  name: ServerName,
  place: ServerPlace,
  running: () => { server: RealServer; tunnel: ServedTunnel },
): void {
  for (const cell of cellsOf(name, place)) {
    const wanted = cell.noForm === undefined ? 'LIST, RETR and STOR of 100 KB' : 'refused in words';
    it(`${cell.mode} over IPv${cell.family}: ${wanted}`, async () => {
      const { server, tunnel } = running();
      const { user, password } = server;
      const at = { host: LOOPBACK[cell.family], port: tunnel.port, user, password };
      const outcome = { ...cell, server: name, place };
      try {
        await (cell.noForm === undefined ? transfers(at, cell, server) : isRefused(at, cell));
        outcomes.push({ ...outcome, result: cell.noForm === undefined ? 'works' : 'no form' });
      } catch (error) {
        outcomes.push({ ...outcome, result: 'failed' });
        throw error;
      }
    });
  }
}

type Login = Parameters<typeof RawClient.login>[0];

async function transfers(at: Login, cell: ModesCell, server: RealServer): Promise<void> {
  const client = await RawClient.login(at);
  await client.ask('TYPE I', 200);
  assert.match((await client.download('LIST', cell.mode)).toString(), /\bsample\r\n/);
  assert.deepEqual(await client.download('RETR sample', cell.mode), SAMPLE);
  const stored = `up-${cell.mode}-${cell.family}`;
  await client.upload(`STOR ${stored}`, SAMPLE, cell.mode);
  assert.deepEqual(await readFile(join(server.home, stored)), SAMPLE);
  await client.quit();
}

async function isRefused(at: Login, cell: ModesCell): Promise<void> {
  const client = await RawClient.login(at);
  client.send(`${commandOf(cell)}\r\n`);
  const reply = await client.reply();
  const text = Buffer.concat(reply.lines).toString('latin1');
  assert.ok(reply.code >= 400, text);
  assert.match(text, cell.noForm?.said ?? /./);
  await client.ask('PWD', 257);
  await client.quit();
}

function commandOf({ mode, family }: ModesCell): string {
  if (mode === 'PORT') {
    return `PORT 127,0,0,1,${NEVER_DIALLED >> 8},${NEVER_DIALLED & 0xff}`;
  }
  if (mode === 'EPRT') {
    return `EPRT |${family === 4 ? 1 : 2}|${LOOPBACK[family]}|${NEVER_DIALLED}|`;
  }
  return mode;
}
