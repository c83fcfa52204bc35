import { Socket } from 'node:net';
import { DOCTOR_LIMITS } from '../watch-limits.ts';
import type { AgentLink } from '../agents/agent-link.ts';
import type { Tunnel } from '../store/store.ts';
import { failed, ok, skipped, type CheckBook, type CheckCode, type Verdict } from './check.ts';
import { openInFirewall } from './firewall-words.ts';
import { FtpFault, type Account } from './ftp-client.ts';
import {
  activeWay,
  dialFromAgent,
  dialFromHere,
  enterTunnel,
  passiveWay,
  type Dial,
} from './public-visit.ts';
import { NO_ACCOUNT } from './server-checks.ts';
import { list, roundTrip, type DataWay } from './transfers.ts';

/** A whole visit to the tunnel. */
export interface ThroughOptions {
  readonly tunnel: Tunnel;
  readonly agent: AgentLink;
  readonly account: Account | undefined;
  /** What clients connect to, and its address. */
  readonly name: string;
  readonly address: string | undefined;
  /** First and last passive port. */
  readonly passive: { readonly from: number; readonly to: number };
}

/** What came of one visit. */
interface Visited {
  readonly isOk: boolean;
  readonly saw: string;
  /** The visitor was let in. */
  readonly isIn?: boolean;
  /** It was a data connection that failed. */
  readonly isData?: boolean;
}

/** Whole transfers through the public port: the proof that everything together works. */
export async function checkThrough(book: CheckBook, options: ThroughOptions): Promise<void> {
  const { clientMode } = options.tunnel.policy;
  const passive =
    'Listed, sent, fetched and deleted a small file in passive mode through the public port, from where the agent is and from here.';
  const active = 'The same in active mode, from here: an agent behind a router cannot be dialled.';
  await make(book, options, 'through-passive', passive, () =>
    clientMode === 'active'
      ? Promise.resolve(skipped('the tunnel allows active mode only'))
      : checkPassive(options, book.signal),
  );
  await make(book, options, 'through-active', active, () =>
    clientMode === 'passive'
      ? Promise.resolve(skipped('the tunnel allows passive mode only'))
      : checkActive(options, book.signal),
  );
}

async function make(
  book: CheckBook,
  { account }: ThroughOptions,
  code: CheckCode,
  did: string,
  look: () => Promise<Verdict>,
): Promise<void> {
  await book.make(code, did, async () => (account === undefined ? skipped(NO_ACCOUNT) : look()));
}

async function checkPassive(options: ThroughOptions, signal: AbortSignal): Promise<Verdict> {
  const { agent, address, passive } = options;
  const { relayAddress } = agent;
  const fromAgent =
    relayAddress === undefined || !agent.opensOutside
      ? undefined
      : await visit(options, relayAddress, dialFromAgent(agent), signal);
  const fromHere = await visitFromHere(options, address, signal, (_control, at, dial) =>
    passiveWay(at, dial),
  );
  const outside =
    fromAgent === undefined
      ? 'From where the agent is it was not tried, as it reaches the relay by a private address (--private-relay of the agent allows it) or through a proxy.'
      : `From the agent: ${fromAgent.saw}.`;
  const saw = `${outside} From here: ${fromHere.saw}.`;
  const bad = fromAgent?.isOk === false ? fromAgent : fromHere;
  if (fromAgent?.isOk === true || bad.isOk) return ok(saw);
  const { from, to } = passive;
  const open = `${openInFirewall(from, to)} If a wrong address was named, correct --public-host.`;
  return failed(saw, bad.isData === true ? open : ELSEWHERE);
}

const ELSEWHERE =
  'See the checks of the public port and of the FTP server, and whom the policy of the tunnel lets in.';

async function checkActive(options: ThroughOptions, signal: AbortSignal): Promise<Verdict> {
  const seen = await visitFromHere(options, options.address, signal, (control) =>
    activeWay(control),
  );
  const saw = `From here: ${seen.saw}.`;
  if (seen.isOk) return ok(saw);
  const remedy =
    'Let the relay make outgoing connections to any port from 1024 on, as active clients listen there.';
  return failed(saw, seen.isData === true ? remedy : ELSEWHERE);
}

/** By the public address, and where that leads nowhere from inside, by this machine's own. */
async function visitFromHere(
  options: ThroughOptions,
  address: string | undefined,
  signal: AbortSignal,
  way: (control: Socket, at: { host: string; port: number }, dial: Dial) => DataWay,
): Promise<Visited> {
  const dial = dialFromHere(signal);
  const { listenHost } = options.tunnel;
  const own = listenHost === '::' || listenHost === '0.0.0.0' ? '127.0.0.1' : listenHost;
  let last: Visited = { isOk: false, saw: 'there is no address to connect to' };
  for (const host of new Set([address, own])) {
    if (host === undefined) continue;
    const limited = within(signal);
    last = await attempt(options, host, dialFromHere(limited), limited, (control) => {
      if (!(control instanceof Socket)) throw new TypeError('a socket was dialled');
      return way(control, { host, port: options.tunnel.port }, dial);
    });
    if (last.isOk) return { ...last, saw: `${last.saw} (by ${host})` };
    // Whoever got in would meet the same again.
    if (last.isIn === true) return last;
  }
  return last;
}

function visit(
  options: ThroughOptions,
  host: string,
  dial: Dial,
  signal: AbortSignal,
): Promise<Visited> {
  const at = { host, port: options.tunnel.port };
  return attempt(options, host, dial, within(signal), () => passiveWay(at, dial));
}

async function attempt(
  { tunnel, name, account }: ThroughOptions,
  host: string,
  dial: Dial,
  signal: AbortSignal,
  wayFor: (control: Awaited<ReturnType<Dial>>) => DataWay,
): Promise<Visited> {
  if (account === undefined) return { isOk: false, saw: NO_ACCOUNT };
  let isIn = false;
  try {
    const control = await dial({ host, port: tunnel.port });
    const client = await enterTunnel(control, { tunnel, name, account }, signal);
    isIn = true;
    try {
      const way = wayFor(control);
      const entries = await list(client, way);
      const file = tunnel.policy.readOnly
        ? 'no file was sent, as the tunnel is read-only'
        : await roundTrip(client, way);
      return { isOk: true, saw: `${entries} entries listed, ${file}` };
    } finally {
      client.close();
    }
  } catch (error) {
    const isData = error instanceof FtpFault && error.isData;
    if (signal.aborted && !isData) return { isOk: false, isIn, saw: 'it took too long' };
    return {
      isOk: false,
      isIn,
      isData,
      saw: error instanceof Error ? error.message : String(error),
    };
  }
}

function within(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(DOCTOR_LIMITS.transfer)]);
}
