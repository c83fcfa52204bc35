import { reply, type Reply } from '../ftp/reply.ts';
import type { ClientMode } from './client-mode.ts';
import { refusal } from './refusal.ts';

/** Advice where passive mode, which would help, is refused. */
const ONLY_ACTIVE = 'Only active mode is allowed here; it needs a client that can be reached.';

/** Every reply the gateway words itself, in one place; all others are the FTP server's own. */
export const GATEWAY_REPLIES = {
  badLine: {
    nul: () => reply(500, 'A NUL byte is not allowed in a command.'),
    'bare-cr': () =>
      reply(500, 'A CR without LF is not allowed in a command; end the line with CR LF.'),
    'too-long': (limit: number) => reply(500, `Command line longer than ${limit} bytes.`),
  },
  notACommand: () => refusal('not-a-command', 500, 'This is not an FTP command.'),
  tooManyBadLines: () => reply(421, 'Too many lines that are not FTP commands; closing.'),
  otherProtocol: () =>
    reply(421, 'This is an FTP server; the first line is of another protocol. Closing.'),
  longAddress: () => refusal('not-implemented', 502, 'Not implemented; use EPSV (RFC 2428).'),
  serverToServer: () =>
    refusal(
      'foreign-address',
      502,
      'Server-to-server transfers are not available through this address.',
    ),
  epsvAllAccepted: () => reply(200, 'EPSV ALL accepted; only EPSV from now on.'),
  epsvAllInForce: (verb: string) =>
    refusal('epsv-all', 503, `${verb} is refused after EPSV ALL (RFC 2428).`),
  activeNotAllowed: () =>
    refusal(
      'active-not-allowed',
      502,
      'Active mode (PORT, EPRT) is not allowed here; switch your client to passive mode.',
    ),
  passiveNotAllowed: () =>
    refusal(
      'passive-not-allowed',
      502,
      'Passive mode (PASV, EPSV) is not allowed here; switch your client to active mode.',
    ),
  wrongFamily: (family: 4 | 6) =>
    refusal('wrong-family', 522, `Network protocol not supported, use (${family === 4 ? 1 : 2})`),
  badEpsvArgument: () => refusal('bad-address', 501, 'EPSV takes 1, 2, ALL or nothing (RFC 2428).'),
  badActiveArgument: (verb: 'PORT' | 'EPRT') =>
    refusal(
      'bad-address',
      501,
      verb === 'PORT'
        ? 'PORT takes h1,h2,h3,h4,p1,p2 (RFC 959).'
        : 'EPRT takes |family|address|port| (RFC 2428).',
    ),
  portOverIpv6: () =>
    refusal(
      'wrong-family',
      500,
      'PORT knows IPv4 addresses only and this connection is IPv6; use EPRT or EPSV.',
    ),
  privilegedPort: (port: number) =>
    refusal(
      'privileged-port',
      504,
      `Port ${port} is refused: data ports below 1024 are not allowed (RFC 2577).`,
    ),
  clientBehindNat: (named: string, seen: string, mode: ClientMode) =>
    refusal(
      'behind-nat',
      500,
      `Your client named its address ${named}, but it is ${seen} from here: it is behind NAT. ` +
        (mode === 'active' ? ONLY_ACTIVE : 'Switch it to passive mode.'),
    ),
  foreignAddress: (named: string, seen: string) =>
    refusal(
      'foreign-address',
      500,
      `${named} is not your address (${seen}); server-to-server transfers (FXP) are not allowed here.`,
    ),
  activeAgreed: (verb: string) => reply(200, `${verb} command successful.`),
  noIpv4: () =>
    refusal('wrong-family', 425, 'This connection has no IPv4 address for PASV; use EPSV.'),
  noPassivePort: (why: string) => reply(425, `Can't open a passive port: ${why}.`),
  badServerPassive: (text: string) =>
    reply(425, `The FTP server named no usable data port; it said: ${text}`),
  strayDataPort: () => reply(451, 'The FTP server answered with a data port nobody asked for.'),
  deadServerPort: (why: string) =>
    reply(425, `The FTP server does not answer on the data port it named: ${why}.`),
  agentCannotListen: (why: string) =>
    reply(425, `The agent cannot listen for the FTP server's data connection: ${why}.`),
  noDataConnection: (why: string) => reply(425, `${why}; check the firewall between you and it.`),
  clientUnreachable: (why: string, mode: ClientMode) =>
    reply(
      425,
      `${why}. The likely cause is a firewall or NAT on your side; ` +
        (mode === 'active' ? `mend that. ${ONLY_ACTIVE}` : 'switch your client to passive mode.'),
    ),
  transferBroken: (why: string) =>
    reply(426, `Data connection broken, transfer not complete: ${why}.`),
  aborted: () => reply(226, 'ABOR successful; the data connection is closed.'),
  serverClosed: () => reply(421, 'The FTP server closed the control connection.'),
  serverNotFtp: () => reply(421, 'What answers behind this address does not speak FTP; closing.'),
  serverReplyTooLong: () => reply(421, 'The FTP server sent a reply beyond all bounds; closing.'),
  serverOutOfStep: () =>
    reply(421, 'The FTP server does not say what became of the transfer; connect again.'),
  serverUnavailable: (why: string) => reply(421, `Service not available: ${why}.`),
  ended: (why: string) => reply(421, `This session was ended: ${why}.`),
  idle: (seconds: number) => reply(421, `No command for ${seconds} seconds; closing.`),
  loginTimeout: (seconds: number) => reply(421, `No login within ${seconds} seconds; closing.`),
  addressBanned: (address: string, until?: string) =>
    reply(
      421,
      `Your address ${address} is banned here` + (until === undefined ? '.' : ` until ${until}.`),
    ),
  addressNotAllowed: (address: string) =>
    reply(421, `Your address ${address} is not allowed here.`),
  tooManySessions: (limit: number) =>
    reply(421, `Too many sessions at once: this server takes at most ${limit}; try again later.`),
  tooManySessionsFromAddress: (limit: number) =>
    reply(421, `Too many sessions from your address: at most ${limit} at once; close one first.`),
  readOnly: (verb: string) =>
    refusal('read-only', 550, `This server is read-only here; ${verb} is not allowed.`),
  shuttingDown: () => reply(421, 'Service is restarting; connect again in a moment.'),
} satisfies Record<string, ReplyMaker | Record<string, ReplyMaker>>;

type ReplyMaker = (...facts: never[]) => Reply;
