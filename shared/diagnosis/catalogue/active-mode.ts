import { parseEprtArgument, parsePortArgument } from '../../ftp/address.ts';
import { firstOf, type Cause } from '../cause.ts';
import type { Facts } from '../finding.ts';
import type { Reading } from '../reading/reading.ts';
import { shown } from '../words.ts';
import { NAME_NO_ADDRESS, USE_ACTIVE, USE_PASSIVE } from '../remedies/modes.ts';

/** A PORT or EPRT that was refused for its address, with what it named. */
interface NamedAddress {
  readonly at: number;
  readonly verb: string;
  readonly named: string;
}

/** Refused PORT and EPRT of a kind, except those after which transfers went well in some other way. */
function refusedAddresses(reading: Reading, why: string): NamedAddress[] {
  return reading
    .all('refused')
    .filter((sign) => sign.why === why && (sign.verb === 'PORT' || sign.verb === 'EPRT'))
    .filter(({ at }) => !reading.transferredAfter(at))
    .map(({ at, verb }) => ({ at, verb, named: addressBefore(reading, verb, at) }));
}

/** The address in the last command of that verb. */
function addressBefore(reading: Reading, verb: string, at: number): string {
  const command = reading.exchanges.findLast((one) => one.verb === verb && one.at <= at);
  const argument = Buffer.from(command?.argument ?? '');
  const named = verb === 'PORT' ? parsePortArgument(argument) : parseEprtArgument(argument);
  return named !== undefined && 'host' in named ? named.host : shown(command?.argument);
}

const addressFacts = ({ verb, named }: NamedAddress): Facts => ({ verb, named });

/** Active mode behind NAT, by what keeps a router's FTP helper from helping. */
function behindNat(reading: Reading, obstacle: 'none' | 'tls' | 'port'): NamedAddress[] {
  return refusedAddresses(reading, 'behind-nat').filter(({ at }) => {
    if (reading.securedAt(at)) return obstacle === 'tls';
    return obstacle === (reading.record.port === 21 ? 'none' : 'port');
  });
}

const BEHIND_NAT_TELL =
  'Your program asked the server to connect to your computer, but gave an address ({named}) that exists only inside your own network. The server cannot reach it, so no files or listings can be transferred in this mode. Passive mode works.';

export const ACTIVE_MODE: readonly Cause[] = [
  {
    code: 'active-private-address',
    severity: 'error',
    side: 'client',
    title: 'Active mode from behind a router (NAT)',
    detect: (reading) => firstOf(behindNat(reading, 'none'), addressFacts),
    what: 'The client at {client} asked for active mode with {verb} and named its address {named}, which exists only inside its own network.',
    why: 'A router (NAT) stands between the client and the internet, and the program does not know the public address. The server would have to connect to the client, and there is no way in.',
    webmaster:
      'Nothing needs to be changed here. If many users are affected, set the tunnel to passive mode only (--client-mode passive): programs that can switch then do it by themselves.',
    tell: BEHIND_NAT_TELL,
    remedy: USE_PASSIVE,
  },
  {
    code: 'nat-helper-blind-port',
    severity: 'error',
    side: 'client',
    title: 'Active mode from behind a router that helps on port 21 only',
    detect: (reading) => {
      const detection = firstOf(behindNat(reading, 'port'), addressFacts);
      const { port } = reading.record;
      return detection && { ...detection, facts: { ...detection.facts, port } };
    },
    what: 'The client at {client} asked for active mode with {verb} and named its private address {named}. The control connection is on port {port}.',
    why: 'Many routers have an FTP helper that replaces the private address and opens the way back, but it looks at port 21 only. On port {port} it does not see that this is FTP.',
    webmaster:
      'Users who depend on active mode need a tunnel on port 21. For everybody else passive mode is the answer, on any port.',
    tell: BEHIND_NAT_TELL,
    remedy: USE_PASSIVE,
  },
  {
    code: 'nat-helper-blind-tls',
    severity: 'error',
    side: 'client',
    title: 'Active mode with TLS from behind a router (NAT)',
    detect: (reading) => firstOf(behindNat(reading, 'tls'), addressFacts),
    what: 'The client at {client} has encrypted its control connection, asked for active mode with {verb} and named its private address {named}.',
    why: 'A router with an FTP helper can make active mode work in clear, but it cannot read what is encrypted. So active mode that used to work breaks as soon as TLS is switched on.',
    webmaster:
      'Nothing needs to be changed here. Do not switch TLS off for this: passive mode works with TLS everywhere.',
    tell: BEHIND_NAT_TELL,
    remedy: USE_PASSIVE,
  },
  {
    code: 'nat-helper-seen',
    severity: 'info',
    side: 'client',
    title: "The router's FTP helper is at work",
    detect: (reading) => {
      const [named] = reading.context.namedBefore;
      if (named === undefined || reading.record.port !== 21) return undefined;
      const dialled = reading
        .all('data-dialled')
        .filter(({ at, host }) => !reading.securedAt(at) && host === reading.record.client.host);
      return firstOf(dialled, ({ host, port }) => ({ host, port, named }));
    },
    what: 'The client named {host} this time and was reached there on port {port}. Before, a client at {client} had named the private address {named}.',
    why: 'Either the program has learnt its public address, or the router at the client has an FTP helper that puts it in. Both are harmless.',
    webmaster:
      'Nothing needs to be changed. Keep in mind that the helper stops working when the client switches TLS on or uses another port than 21.',
    tell: 'Your connection works. Your router helps with active mode; that stops if you switch encryption on, and then you need passive mode.',
    remedy: USE_PASSIVE,
  },
  {
    code: 'active-blocked-at-client',
    severity: 'error',
    side: 'client',
    title: "The client's firewall lets no active connection in",
    detect: (reading) => {
      const blocked = reading.transfers.filter((one) => one.broken?.code === 'client-unreachable');
      const left = blocked.filter(({ at }) => !reading.transferredAfter(at));
      return firstOf(left, ({ at, verb, broken }) => ({
        verb,
        reason: shown(broken?.reason),
        encryption: reading.securedAt(at) ? 'with TLS' : 'without TLS',
      }));
    },
    what: 'For {verb} the relay tried to connect to the client at {client}, as active mode demands ({encryption}), and was not let in: {reason}.',
    why: 'In active mode the server connects to the client. A firewall or router at the client stopped that, or the program no longer waited there.',
    webmaster:
      'Check that the relay itself may connect to the outside: if no active client gets through, the relay’s own firewall or provider blocks outgoing connections. Then set --client-mode passive.',
    tell: 'Your program wants the server to connect to your computer for each transfer, and a firewall or router at your end does not let it in. Passive mode works.',
    remedy: USE_PASSIVE,
  },
  {
    code: 'active-other-address',
    severity: 'error',
    side: 'client',
    title: 'The program names an address that is not its own',
    detect: (reading) => {
      if (isExchangeProgram(reading)) return undefined;
      return firstOf(refusedAddresses(reading, 'foreign-address'), addressFacts);
    },
    what: 'The client at {client} asked for active mode with {verb} and named {named}, which is not the address it is seen at.',
    why: 'The program has an outdated or wrong address in its settings, the computer has several ways to the internet or a VPN, or somebody tries a server-to-server transfer. Only the client’s own address is dialled, because anything else could be used to attack others.',
    webmaster:
      'Nothing needs to be changed here. If {named} is an FTP server that may exchange files with this one, list it with --fxp.',
    tell: 'Your program told the server to connect to {named}, but your connection comes from {client}. Passive mode works whatever your address is.',
    remedy: NAME_NO_ADDRESS,
  },
  {
    code: 'fxp-refused',
    severity: 'error',
    side: 'relay',
    title: 'Server-to-server transfer (FXP) refused',
    detect: (reading) => {
      const verbs = reading
        .all('refused')
        .filter(({ verb, why }) => why === 'foreign-address' && /^(CPSV|SSCN)$/.test(verb))
        .map(({ at, verb }) => ({ at, verb, named: 'another server' }));
      const ports = isExchangeProgram(reading) ? refusedAddresses(reading, 'foreign-address') : [];
      return firstOf([...verbs, ...ports], addressFacts);
    },
    what: 'The client at {client} asked with {verb} for a transfer between this server and {named}.',
    why: 'In a server-to-server transfer (FXP) two FTP servers exchange a file without the client. This tunnel allows it with listed servers only, and not with commands that encrypt such transfers.',
    webmaster:
      'If these two servers are to exchange files, list the other one’s address: gangway tunnel update NAME --fxp ADDRESS. List single servers, not networks.',
    tell: 'Transfers from one server directly to another (FXP) are not allowed here. Please fetch the file to your computer first, and then send it to the other server.',
    remedy: USE_PASSIVE,
  },
  {
    code: 'active-bad-port',
    severity: 'error',
    side: 'client',
    title: 'Active mode with an address or port that cannot be',
    detect: (reading) => {
      const refused = ['privileged-port', 'bad-address'].flatMap((why) =>
        refusedAddresses(reading, why),
      );
      return firstOf(refused, addressFacts);
    },
    what: 'The client at {client} sent {verb} with {named}: malformed, or with a port below 1024.',
    why: 'Programs do not do this by themselves. A router’s FTP helper may have garbled the command, or a port range for active mode is set wrongly in the program.',
    webmaster:
      'Nothing needs to be changed here. Data ports below 1024 are refused for safety (RFC 2577).',
    tell: 'Your program, or a router on the way, gave an address for the transfer that cannot be used. Passive mode works.',
    remedy: USE_PASSIVE,
  },
  {
    code: 'active-not-allowed',
    severity: 'error',
    side: 'client',
    title: 'Active mode is not allowed at this tunnel',
    detect: (reading) => notAllowed(reading, 'active-not-allowed'),
    what: 'The client at {client} asked for active mode with {verb}; this tunnel allows passive mode only.',
    why: 'The tunnel is set to passive mode (--client-mode passive), and the program did not switch by itself.',
    webmaster:
      'If active mode is to be allowed, set --client-mode any. The relay must then be able to connect to its clients.',
    tell: 'This server allows passive mode only.',
    remedy: USE_PASSIVE,
  },
  {
    code: 'passive-not-allowed',
    severity: 'error',
    side: 'client',
    title: 'Passive mode is not allowed at this tunnel',
    detect: (reading) => notAllowed(reading, 'passive-not-allowed'),
    what: 'The client at {client} asked for passive mode with {verb}; this tunnel allows active mode only.',
    why: 'The tunnel is set to active mode (--client-mode active), and the program did not switch by itself.',
    webmaster:
      'If the passive ports of the relay can be reached from outside, set --client-mode any: nearly every client prefers passive mode, and many can do nothing else.',
    tell: 'This server allows active mode only, so your computer must be reachable from outside.',
    remedy: USE_ACTIVE,
  },
];

function notAllowed(
  reading: Reading,
  why: 'active-not-allowed' | 'passive-not-allowed',
): ReturnType<Cause['detect']> {
  const refused = reading
    .all('refused')
    .filter((sign) => sign.why === why && !reading.transferredAfter(sign.at));
  return firstOf(refused, ({ verb }) => ({ verb }));
}

/** Programs that people use for transfers between servers. */
function isExchangeProgram({ program }: Reading): boolean {
  return program === 'flashfxp' || program === 'cuteftp' || program === 'lftp';
}
