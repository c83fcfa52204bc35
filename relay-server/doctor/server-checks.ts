import { parsePasvReply } from '../../shared/ftp/address.ts';
import { isFailure, type Reply } from '../../shared/ftp/reply.ts';
import { isPrivateAddress } from '../../shared/net/address.ts';
import type { ServerMode } from '../../shared/gateway/server-mode.ts';
import type { AgentLink } from '../agents/agent-link.ts';
import type { Tunnel } from '../store/store.ts';
import { failed, ok, skipped, warning, type CheckBook, type Verdict } from './check.ts';
import { FtpFault, wordsOf, type Account } from './ftp-client.ts';
import { ServerVisit, WAYS, type Way } from './server-visit.ts';
import { list } from './transfers.ts';

/** Why a check that needs a login was not made. */
export const NO_ACCOUNT = 'no account was given to log in with';

/**
 * What the doctor finds at the FTP server, as the agent reaches it.
 * @returns whether it let the account in
 */
export async function checkServer(
  book: CheckBook,
  agent: AgentLink,
  tunnel: Tunnel,
  account: Account | undefined,
): Promise<boolean> {
  const visit = new ServerVisit(agent, tunnel, book.signal);
  try {
    const answers = await book.make(
      'server-answers',
      'Had the agent connect to the FTP server, and waited for its greeting.',
      () => checkGreeting(visit),
    );
    if (answers.result !== 'ok') return false;
    const login = await book.make('server-login', 'Logged in with the account given.', () =>
      checkLogin(visit, account),
    );
    const features = await visit.client.ask('FEAT').catch(() => undefined);
    await book.make('server-features', 'Asked FEAT and SYST.', () =>
      checkFeatures(visit, features),
    );
    await book.make('server-tls', 'Looked whether AUTH TLS is offered and spoken.', async () =>
      checkTls(agent, features),
    );
    if (login.result !== 'ok') return false;
    await checkModes(book, visit, tunnel.policy.serverMode);
    return true;
  } finally {
    visit.client.close();
  }
}

async function checkGreeting(visit: ServerVisit): Promise<Verdict> {
  try {
    return ok(`It said "${wordsOf(await visit.client.greeting())}".`);
  } catch (error) {
    if (!(error instanceof FtpFault)) throw error;
    const why = visit.broken ?? error.message;
    return failed(
      `It does not serve: ${why}.`,
      error.reply === undefined
        ? 'Look whether the FTP server runs, and whether --server of the agent is its address and port.'
        : "It says itself why: look at its limits and at whom it lets in; the agent's address must be among them.",
    );
  }
}

async function checkFeatures({ client }: ServerVisit, feat: Reply | undefined): Promise<Verdict> {
  const syst = await client.ask('SYST');
  const system = isFailure(syst) ? 'SYST is refused' : wordsOf(syst);
  if (feat?.code !== 211) {
    const words = feat === undefined ? 'no answer' : wordsOf(feat);
    return ok(`FEAT: ${words}, so it may be old; ${system}.`);
  }
  const features = featuresOf(feat);
  const hasUtf8 = features.some((one) => /^UTF-?8$/i.test(one));
  const note = hasUtf8 ? '' : ' No UTF8: names beyond ASCII may come out wrong at some clients.';
  return ok(`${features.join(', ') || 'no features'}; ${system}.${note}`);
}

function featuresOf(feat: Reply): string[] {
  return feat.lines.slice(1, -1).map((line) => line.toString('latin1').trim());
}

function checkTls(agent: AgentLink, feat: Reply | undefined): Verdict {
  const { how, verified } = agent.serverTls;
  if (how !== 'none') {
    const saw = `Agent and server speak ${how} TLS; the certificate is believed by: ${verified ?? 'nothing'}.`;
    if (verified !== 'insecure') return ok(saw);
    return warning(
      saw,
      'Start the agent with --server-ca or --server-fingerprint in place of --server-insecure.',
    );
  }
  const offers =
    feat !== undefined && featuresOf(feat).some((one) => /^AUTH\b.*(TLS|SSL)/i.test(one));
  return ok(
    offers
      ? 'The server offers AUTH TLS, the agent does not use it (--server-tls explicit would).'
      : 'The server offers no TLS; between agent and server it is spoken in clear.',
  );
}

async function checkLogin({ client }: ServerVisit, account: Account | undefined): Promise<Verdict> {
  if (account === undefined) return skipped(NO_ACCOUNT);
  try {
    return ok(`Let in: "${wordsOf(await client.login(account))}".`);
  } catch (error) {
    if (!(error instanceof FtpFault) || error.reply === undefined) throw error;
    if (/\b(TLS|SSL)\b|encrypt/i.test(error.message)) {
      return failed(
        `Refused: ${error.message}.`,
        'The server wants TLS: start the agent with --server-tls explicit.',
      );
    }
    return failed(
      `Refused: ${error.message}.`,
      'Check user and password at the server itself, and whether it lets this user in from the address of the agent.',
    );
  }
}

/** What came of a mode: how many entries were listed, or why none were. */
type Tried =
  | { readonly way: Way; readonly entries: number }
  | { readonly way: Way; readonly why: string };

async function checkModes(book: CheckBook, visit: ServerVisit, mode: ServerMode): Promise<void> {
  const tried: Tried[] = [];
  const did = 'Listed the folder of the login by EPSV, by PASV and in active mode.';
  await book.make('server-modes', did, async () => {
    for (const way of WAYS) tried.push(await tryWay(visit, way));
    return judgeModes(tried, mode);
  });
  await book.make('server-pasv-address', 'Asked PASV for the address that clients would get.', () =>
    checkPasvAddress(visit),
  );
  await book.make('server-list', 'Listed the folder of the login.', async () => {
    const listed = tried.find((one) => 'entries' in one);
    if (listed !== undefined) return ok(`${listed.entries} entries, by ${listed.way}.`);
    return failed('No listing came.', 'See the check of the modes.');
  });
}

async function tryWay(visit: ServerVisit, way: Way): Promise<Tried> {
  try {
    return { way, entries: await list(visit.client, visit.way(way)) };
  } catch (error) {
    return { way, why: error instanceof Error ? error.message : String(error) };
  }
}

const WAY_OF: Readonly<Record<ServerMode, Way | undefined>> = {
  auto: undefined,
  epsv: 'EPSV',
  pasv: 'PASV',
  active: 'active',
};

function judgeModes(tried: readonly Tried[], mode: ServerMode): Verdict {
  const saw = tried
    .map((one) => `${one.way} ${'entries' in one ? 'works' : `does not (${one.why})`}`)
    .join('; ');
  const working = tried.filter((one) => 'entries' in one).map(({ way }) => way);
  const wanted = WAY_OF[mode];
  if (wanted !== undefined && !working.includes(wanted)) {
    return failed(
      `${saw}.`,
      `The tunnel is set to ${mode}: \`gangway tunnel update NAME --server-mode auto\`.`,
    );
  }
  if (working.length === 0) {
    return failed(
      `${saw}.`,
      'Look at the passive ports of the server and at a firewall between it and the agent.',
    );
  }
  if (working.includes('EPSV') || working.includes('PASV')) return ok(`${saw}.`);
  return warning(
    `${saw}.`,
    'Gangway serves passive clients all the same. Switch passive mode on at the server if that was not meant.',
  );
}

async function checkPasvAddress({ client }: ServerVisit): Promise<Verdict> {
  const reply = await client.ask('PASV');
  const host = parsePasvReply(reply)?.host;
  if (host === undefined) return skipped(`PASV was answered ${wordsOf(reply)}`);
  const outside = isPrivateAddress(host) ? 'which nobody outside could reach' : 'a public address';
  return ok(
    `Without Gangway clients would be told ${host}, ${outside}; the relay tells them its own.`,
  );
}
