import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runClient } from '../../support/clients/client.ts';
import type { RealServer } from '../../support/servers/index.ts';
import { whatArrived } from '../arrived.ts';
import { tunnelPort } from '../gangway-under-fire.ts';
import type { Ground, Sample } from '../ground.ts';
import { RELAY } from '../laboratory.ts';
import { beginTransfer, type RunningTransfer } from '../transfer.ts';
import type { Arrived, Verb } from '../verdict.ts';
import type { Chance } from './chance.ts';
import type { NodeClients, Work, WorkResult } from './node-clients.ts';

/** A transfer whose client is done with it. */
export interface Entry {
  readonly verb: Verb;
  readonly server: RealServer;
  readonly name: string;
  readonly status: number | null;
  /** Who, and what it read last. */
  readonly about: string;
  readonly bytes: number;
  /** What is there, and takes it away. Of an upload that failed more may come until the server is done with it. */
  arrived(): Promise<Arrived | undefined>;
}

/** What sessions did. */
export interface Diary {
  readonly entries: Entry[];
  /** What is wrong, a sentence each. */
  readonly wrong: string[];
  listings: number;
  failedListings: number;
}

/** What a session needs. */
export interface Surroundings {
  readonly ground: Ground;
  readonly samples: readonly Sample[];
  readonly nodeClients: NodeClients;
  readonly diary: Diary;
}

/** Folder at each server whose listing is known. */
const LISTED = 'listed';
const LISTED_FILES = 200;
const CLIENTS = ['curl', 'lftp', 'basic-ftp'] as const;
/** Bytes a second of a client that limits itself. */
const RATES = [50e3, 2e6] as const;
/** A client that limits itself transfers no file for longer, in seconds. */
const LONGEST_S = 40;
const TIMEOUT_MS = 300_000;
/** After a failure a person, or a script, waits a little before the next try. */
const AFTER_FAILURE_MS = 1_000;

/** Makes the folder of which everybody knows what is in it. */
export async function makeListedFolders(servers: readonly RealServer[]): Promise<void> {
  for (const { home } of servers) {
    await mkdir(join(home, LISTED));
    for (const name of listedNames()) await writeFile(join(home, LISTED, name), '');
  }
}

function listedNames(): string[] {
  return Array.from({ length: LISTED_FILES }, (_, index) => `entry-${1_000 + index}`);
}

/** One session after the other, of the `index`th client, until that time and at least one. */
export async function keepVisiting(
  around: Surroundings,
  chance: Chance,
  { index, until }: { readonly index: number; readonly until: number },
): Promise<void> {
  const client = CLIENTS[index % CLIENTS.length] ?? 'curl';
  do {
    const went = await visitOnce(around, chance, client);
    if (!went && performance.now() < until) await delay(AFTER_FAILURE_MS);
  } while (performance.now() < until);
}

/** Whether the client was content with all it did. */
function visitOnce(
  around: Surroundings,
  chance: Chance,
  client: (typeof CLIENTS)[number],
): Promise<boolean> {
  const server = chance.of(around.ground.servers);
  const isSecure = chance.next() < 0.5;
  if (client === 'basic-ftp') return visitByNode(around, chance, { server, isSecure });
  if (chance.next() < 0.2) return listByCurl(around, server);
  return transfer(around, chance, { server, isSecure, client });
}

interface Choice {
  readonly server: RealServer;
  readonly isSecure: boolean;
}

async function transfer(
  { ground, samples, diary }: Surroundings,
  chance: Chance,
  { server, isSecure, client }: Choice & { readonly client: 'curl' | 'lftp' },
): Promise<boolean> {
  const verb = chance.of(['RETR', 'STOR'] as const);
  const sample = chance.of(samples);
  const rate = Math.max(chance.magnitude(...RATES), sample.bytes / LONGEST_S);
  const protection = isSecure ? 'TLS' : 'clear';
  const plan = { verb, sample, rate, protection, client, server, timeoutMs: TIMEOUT_MS } as const;
  const running = await beginTransfer(ground, plan);
  const { status, said } = await running.ended;
  await note(diary, {
    verb,
    server,
    status,
    name: running.remoteName,
    bytes: sample.bytes,
    about: `${verb} by ${client}, ${protection}, ${server.name}: ${status}, ${said}`,
    arrived: () => takeAway(running, sample.path),
  });
  return status === 0;
}

async function takeAway(
  { destination, tidy }: Pick<RunningTransfer, 'destination' | 'tidy'>,
  original: string,
): Promise<Arrived | undefined> {
  const arrived = await whatArrived(destination, original);
  await tidy();
  return arrived;
}

/** What nobody will change any more is looked at now, or the disk would fill. */
async function note({ entries }: Diary, entry: Entry): Promise<void> {
  if (entry.verb === 'STOR' && entry.status !== 0) {
    entries.push(entry);
    return;
  }
  const arrived = await entry.arrived();
  entries.push({ ...entry, arrived: () => Promise.resolve(arrived) });
}

async function listByCurl(
  { ground, diary }: Surroundings,
  { name, user, password }: RealServer,
): Promise<boolean> {
  const url = `ftp://${RELAY}:${tunnelPort(name)}/${LISTED}/`;
  const list = ['/usr/bin/curl', '-qsS', '--list-only', '--user', `${user}:${password}`, url];
  const [command = 'ip', ...args] = [...ground.lab.within('client'), ...list];
  const { status, stdout } = await runClient(command, args, { timeoutMs: TIMEOUT_MS });
  const said = stdout.toString().trim().replaceAll('\r', '');
  judgeListing(diary, { status: status ?? 1, said }, `curl, ${name}`);
  return status === 0;
}

function judgeListing(diary: Diary, { status, said }: WorkResult, about: string): void {
  diary.listings += 1;
  if (status !== 0) {
    diary.failedListings += 1;
    return;
  }
  const names = said.split('\n').toSorted();
  if (names.join() !== listedNames().join()) {
    diary.wrong.push(`${about}: a listing of ${names.length} names was taken for whole`);
  }
}

/** Lists, fetches and sends in one session. */
async function visitByNode(
  { ground, samples, nodeClients, diary }: Surroundings,
  chance: Chance,
  { server, isSecure }: Choice,
): Promise<boolean> {
  const sample = chance.of(samples);
  const own = `node-${Math.floor(chance.next() * 1e12)}.bin`;
  const [here, there] = [join(ground.folder, own), join(server.home, own)];
  const works: readonly Work[] = [
    { verb: 'LIST', remote: LISTED, local: '' },
    { verb: 'RETR', remote: sample.name, local: here },
    { verb: 'STOR', remote: own, local: sample.path },
  ];
  const { user, password, name } = server;
  const results = await nodeClients.visit({
    endpoint: { host: RELAY, port: tunnelPort(name), user, password },
    works,
    ...(isSecure && { caFile: ground.caFile }),
  });
  for (const [index, { verb, local }] of works.entries()) {
    const { status, said } = results[index] ?? { status: 1, said: 'nothing' };
    const about = `${verb} by basic-ftp, ${isSecure ? 'TLS' : 'clear'}, ${name}: ${said}`;
    if (verb === 'LIST') judgeListing(diary, { status, said }, about);
    else {
      const destination = verb === 'RETR' ? local : there;
      const tidy = (): Promise<void> => rm(destination, { force: true });
      await note(diary, {
        verb,
        server,
        status,
        about,
        bytes: sample.bytes,
        name: verb === 'RETR' ? '' : own,
        arrived: () => takeAway({ destination, tidy }, sample.path),
      });
    }
  }
  return results.every(({ status }) => status === 0);
}
