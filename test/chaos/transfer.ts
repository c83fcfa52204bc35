import { link, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runClient, type Endpoint } from '../support/clients/client.ts';
import type { ProgramResult } from '../support/program.ts';
import type { RealServer } from '../support/servers/index.ts';
import type { Ground, Sample } from './ground.ts';
import { tunnelPort } from './gangway-under-fire.ts';
import { RELAY } from './laboratory.ts';
import type { Verb } from './verdict.ts';

/** What a client is to do. */
export interface TransferPlan {
  readonly verb: Verb;
  readonly protection: 'clear' | 'TLS';
  readonly client: 'curl' | 'lftp';
  readonly server: RealServer;
  readonly sample: Sample;
  /** Bytes per second the client keeps to. */
  readonly rate: number;
  /** Hard limit in milliseconds. */
  readonly timeoutMs: number;
}

/** How the client ended. */
export interface ClientEnd {
  /** Null when it never did, and had to be killed. */
  readonly status: number | null;
  /** The last reply on a transfer it read, or what it said itself when it read none. */
  readonly said: string;
}

/** A client program at work. */
export interface RunningTransfer {
  readonly plan: TransferPlan;
  /** Where the bytes arrive. */
  readonly destination: string;
  /** The file's name at the server, which no other transfer has. */
  readonly remoteName: string;
  readonly ended: Promise<ClientEnd>;
  /** Bytes at the destination. */
  arrived(): Promise<number>;
  /** Removes what the transfer left. */
  tidy(): Promise<void>;
}

let serial = 0;

/** Starts a client. */
export async function beginTransfer(ground: Ground, plan: TransferPlan): Promise<RunningTransfer> {
  serial += 1;
  const { verb, sample, server, client } = plan;
  const remoteName = `${verb.toLowerCase()}-${serial}.bin`;
  const [here, there] = [join(ground.folder, remoteName), join(server.home, remoteName)];
  if (verb === 'RETR') await link(sample.path, there);
  const [local, destination] = verb === 'RETR' ? [here, here] : [sample.path, there];
  const { user, password } = server;
  const endpoint = { host: RELAY, port: tunnelPort(server.name), user, password };
  const task = { ...plan, endpoint, remoteName, local, caFile: ground.caFile };
  const command = client === 'curl' ? curl(task) : lftp(task);
  const [first = '', ...args] = [...ground.lab.within('client'), ...command];
  const ended = runClient(first, args, { timeoutMs: plan.timeoutMs }).then(endOf, neverEnded);
  const arrived = (): Promise<number> =>
    stat(destination).then(
      ({ size }) => size,
      () => 0,
    );
  const tidy = async (): Promise<void> => {
    for (const path of [here, there]) await rm(path, { force: true });
  };
  return { plan, destination, remoteName, ended, arrived, tidy };
}

interface Task extends TransferPlan {
  readonly endpoint: Endpoint;
  readonly remoteName: string;
  readonly local: string;
  readonly caFile: string;
}

function curl({ verb, endpoint, remoteName, local, rate, protection, caFile }: Task): string[] {
  const { host, port, user, password } = endpoint;
  const tls = protection === 'TLS' ? ['--ssl-reqd', '--cacert', caFile] : [];
  const account = ['--user', `${user}:${password}`];
  const pace = ['--limit-rate', String(Math.ceil(rate))];
  const way = [verb === 'STOR' ? '--upload-file' : '--output', local];
  const url = `ftp://${host}:${port}/${remoteName}`;
  return ['/usr/bin/curl', '-qsSv', ...account, ...pace, ...tls, ...way, url];
}

function lftp({ verb, endpoint, remoteName, local, rate, protection, caFile }: Task): string[] {
  const { host, port, user, password } = endpoint;
  const data = ['set ftp:ssl-protect-data true', 'set ftp:ssl-protect-list true'];
  const tls = ['set ftp:ssl-force true', ...data, `set ssl:ca-file ${caFile}`];
  const script = [
    // It begins anew by itself where a transfer broke, but not for ever.
    'set cmd:fail-exit true',
    'set net:max-retries 1',
    'set net:timeout 300',
    `set net:limit-rate ${Math.ceil(rate)}`,
    ...(protection === 'TLS' ? tls : ['set ftp:ssl-allow false']),
    'debug 5',
    `open -u ${user},${password} -p ${port} ftp://${host}`,
    verb === 'STOR' ? `put ${local} -o ${remoteName}` : `get ${remoteName} -o ${local}`,
  ];
  return ['/usr/bin/lftp', '--norc', '-c', script.join('\n')];
}

/** Replies as curl and lftp print them. */
const REPLY = /^(?:<---|<) (\d{3} .*)$/gm;
/** Codes that speak of a transfer, or of its session's end; lftp goes on to set the file's time. */
const OF_TRANSFER = /^(?:1\d\d|226|250|4\d\d|55\d)/;

function endOf({ status, stderr, stdout }: ProgramResult): ClientEnd {
  const text = Buffer.concat([stdout, stderr]).toString('latin1').replaceAll('\r', '');
  const replies = Array.from(text.matchAll(REPLY), (match) => match[1] ?? '');
  const last = replies.findLast((reply) => OF_TRANSFER.test(reply));
  return { status, said: last ?? text.trim().split('\n').at(-1) ?? '' };
}

function neverEnded(error: unknown): ClientEnd {
  return { status: null, said: error instanceof Error ? error.message : String(error) };
}
