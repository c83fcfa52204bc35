import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sha256File } from '../interop/samples.ts';
import { ensureDebianPackages, ensureNetworkTools } from '../support/debian.ts';
import {
  CLIENTS,
  DIRECT_PORTS,
  MODES,
  ROWS,
  TOLD_WITHIN_MS,
  TUNNEL_PORTS,
  expected,
  whyNoSuchVisit,
} from './expected.ts';
import type { Row } from './expected.ts';
import { whyNoNamespaces } from './namespaces.ts';
import { modesUsed, visit } from './programs.ts';
import type { ClientName, Mode, Visit, VisitResult } from './programs.ts';
import { startSite } from './site.ts';
import type { Site } from './site.ts';
import { uploadSlowly } from './slow-upload.ts';
import { natTable } from './table.ts';
import type { Outcome } from './table.ts';
import {
  FIREWALLED_CLIENT,
  HELPED_CLIENT,
  HELPED_ROUTER,
  HOME_CLIENT,
  NAT_FORGETS_AFTER_S,
  OPEN_CLIENT,
  RELAY,
  SITE_ROUTER,
  buildLaboratory,
} from './topology.ts';
import type { Laboratory } from './topology.ts';
import { afterSilence, startWitness, whatArrives } from './witness.ts';

const missing = await missingParts();
const skip = missing.length === 0 ? false : missing.join(' ');
/** Enough for a router to forget what is silent, and for relay and agent to speak up before. */
const LONG_S = NAT_FORGETS_AFTER_S + 7;
const outcomes: Outcome[] = [];

describe('FTP clients in every place of the network', { skip, concurrency: 8 }, () => {
  let lab: Laboratory;
  let site: Site;
  before(async () => {
    lab = await buildLaboratory();
    await startWitness(lab, TUNNEL_PORTS);
    site = await startSite(lab);
  });
  after(async () => {
    try {
      await site?.close();
    } finally {
      await lab?.remove();
    }
    console.log(`\n${natTable(outcomes)}`);
  });

  it('an upload that outlasts the memory of every router between ends with its 226', async () => {
    const { sample, server } = site;
    const { size } = await stat(sample.path);
    const { user, password } = server;
    const endpoint = { host: RELAY.ipv4, port: 21, user, password };
    const file = { send: sample.path, sendTo: 'slow.bin', bytes: size, seconds: LONG_S };
    const started = performance.now();
    const said = await uploadSlowly(lab.within('home-client'), endpoint, file);
    assert.match(said, /^226 .*\n221 /);
    assert.ok(performance.now() - started > NAT_FORGETS_AFTER_S * 1_000, 'it was too fast');
    assert.equal(await sha256File(join(server.home, 'slow.bin')), sample.sha256);
  });

  it('the routers do forget a connection that is silent for as long', async () => {
    const [short, long] = await Promise.all(
      [1, LONG_S].map((seconds) => afterSilence(lab, 'home-client', 21, seconds)),
    );
    assert.deepEqual({ short, long }, { short: 'heard', long: 'forgotten' });
  });

  it('case 97, case 99: the routers treat PORT and EPRT as the table assumes', () =>
    routersAsAssumed(lab));

  for (const row of ROWS) {
    for (const mode of MODES) {
      for (const client of CLIENTS) {
        const why = whyNoSuchVisit(row, mode, client);
        if (why !== undefined) outcomes.push({ row, mode, client, kind: 'none', result: why });
        else {
          const { result } = expected(row, mode);
          it(`${nameOf(row)}, ${mode}, ${client}: ${result}`, () =>
            runCell(lab, site, { row, mode, client }));
        }
      }
    }
  }
});

interface Cell {
  readonly row: Row;
  readonly mode: Mode;
  readonly client: ClientName;
}

function nameOf({ label, port, tls }: Row): string {
  return `${tls === true ? 'case 100: TLS, ' : ''}${label}, port ${port}`;
}

/** A sentence each. @throws Error with CI=true when anything is missing: there nothing is skipped. */
async function missingParts(): Promise<string[]> {
  const provided = [await ensureNetworkTools(), await ensureDebianPackages()];
  const sentences = provided.flatMap((each) => each.missing);
  if (sentences.length > 0) return sentences;
  const why = await whyNoNamespaces();
  if (why === undefined) return [];
  const sentence = `Network namespaces cannot be made here: ${why}.`;
  if (process.env['CI'] === 'true') throw new Error(sentence);
  return [sentence];
}

async function routersAsAssumed(lab: Laboratory): Promise<void> {
  for (const [place, port, seen, reached] of [
    ['open', 21, OPEN_CLIENT, 'reached'],
    ['firewalled', 21, FIREWALLED_CLIENT, 'not reached'],
    ['home-client', 21, HOME_CLIENT, 'not reached'],
    ['helped-client', 21, HELPED_ROUTER, 'reached'],
    ['helped-client', 2121, HELPED_CLIENT, 'not reached'],
    ['neighbour', 21, SITE_ROUTER, 'reached'],
  ] as const) {
    const commas = seen.replaceAll('.', ',');
    for (const [verb, start] of [
      ['PORT', `PORT ${commas},`],
      ['EPRT', `EPRT |1|${seen}|`],
    ] as const) {
      const line = await whatArrives(lab, place, port, verb);
      assert.ok(line.startsWith(start), `${place}, port ${port}: ${line}`);
      assert.ok(line.endsWith(`: ${reached}`), `${place}, port ${port}: ${line}`);
    }
  }
}

async function runCell(lab: Laboratory, site: Site, cell: Cell): Promise<void> {
  const { row, mode, client } = cell;
  const work = visitOf(lab, site, cell);
  const { result: kind, cause } = expected(row, mode);
  let result: string;
  try {
    const done = await visit(client, work);
    if (kind === 'works') result = await assertWorked(site, cell, work, done);
    else result = assertTold(cell, cause, done);
  } catch (error) {
    outcomes.push({ ...cell, kind: 'failed', result: 'failed' });
    throw error;
  }
  outcomes.push({ ...cell, kind, result });
}

function visitOf(lab: Laboratory, site: Site, { row, mode, client }: Cell): Visit {
  const { user, password } = site.server;
  const name = `${row.place}-${row.port}-${row.tls === true ? 'tls-' : ''}${mode}-${client}.bin`;
  return {
    within: lab.within(row.place),
    endpoint: { host: row.host, port: row.port, user, password },
    mode,
    fetch: site.sample.name,
    fetchTo: join(site.folder, name),
    send: site.sample.path,
    sendTo: name,
    ...(row.tls === true && { caFile: site.caFile }),
  };
}

async function assertWorked(
  site: Site,
  { row, mode, client }: Cell,
  work: Visit,
  { status, text }: VisitResult,
): Promise<string> {
  assert.equal(status, 0, text);
  assert.deepEqual(modesUsed(client, text), [mode], text);
  assert.equal(text.includes('PROT P'), row.tls === true, text);
  assert.match(text, /^-rw.* sample\.bin\r?$/m);
  assert.equal(await sha256File(work.fetchTo), site.sample.sha256, 'what was fetched');
  if (mode === 'EPRT' || mode === 'PORT') assertPath(site, row);
  const sent = join(site.server.home, work.sendTo);
  assert.equal(await sha256File(sent), site.sample.sha256, 'what was sent');
  return 'works';
}

/** Data of an active neighbour stays in the network where that is allowed, and nobody else's does. */
function assertPath(site: Site, row: Row): void {
  const direct = site.events().filter(({ event }) => event === 'session-data-direct');
  const tunnels = new Set(direct.map(({ tunnel }) => tunnel));
  const isNear = row.place === 'neighbour' && DIRECT_PORTS.includes(row.port);
  if (isNear) assert.ok(tunnels.has(`ftp-${row.port}`));
  for (const port of DIRECT_PORTS) tunnels.delete(`ftp-${port}`);
  assert.equal(tunnels.size, 0);
}

/** The reply that told it. */
function assertTold({ mode, client }: Cell, cause: RegExp, done: VisitResult): string {
  const { status, text, ms } = done;
  assert.notEqual(status, 0, text);
  assert.equal(modesUsed(client, text)[0], mode, text);
  const line = text.split(/[\r\n]+/).find((each) => cause.test(each));
  assert.ok(line !== undefined, `no reply names the cause:\n${text}`);
  assert.ok(ms < TOLD_WITHIN_MS, `it took ${Math.round(ms)} ms:\n${text}`);
  return line.slice(line.search(cause)).replace(/(?:\\[rn])*'$/, '');
}
