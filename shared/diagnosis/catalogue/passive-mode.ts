import { firstOf, type Cause, type Detection } from '../cause.ts';
import type { PassivePromise } from '../reading/promises.ts';
import type { Reading } from '../reading/reading.ts';
import { everybody, NOTHING } from '../remedies/everybody.ts';
import { USE_EXTENDED, USE_PASSIVE } from '../remedies/modes.ts';
import { FEWER_CONNECTIONS } from '../remedies/connections.ts';
import { seconds, shown } from '../words.ts';

/** Who else has got through tells where a promised port is blocked. */
type Place = 'client' | 'relay' | 'unknown' | 'some-ports';

function missed(reading: Reading): PassivePromise[] {
  return reading.promises.filter(
    ({ outcome, strangers }) => outcome === 'missed' && strangers.length === 0,
  );
}

function placeOf({ promises, context }: Reading): Place {
  if (promises.some(({ outcome }) => outcome === 'arrived')) return 'some-ports';
  if (context.others.arrived > 0) return 'client';
  return context.others.missed > 0 ? 'relay' : 'unknown';
}

function detectMissed(reading: Reading, place: Place): Detection | undefined {
  const promises = missed(reading);
  if (placeOf(reading) !== place) return undefined;
  const { passivePorts, others } = reading.context;
  const [firstPort, lastPort] = passivePorts;
  return firstOf(promises, ({ verb, port, host, waited }) => ({
    verb,
    port,
    host: host ?? 'the same address',
    seconds: seconds(waited),
    firstPort,
    lastPort,
    othersArrived: others.arrived,
    othersMissed: others.missed,
  }));
}

const NOT_DIALLED =
  'The client at {client} asked for passive mode with {verb} and was told to connect to port {port} (at {host}). For {seconds} seconds nobody came.';
const ASK_NETWORK = everybody(
  'Please ask whoever runs your network or firewall to allow outgoing connections to these ports. A virus scanner or firewall program on your own computer can block them as well. To find out, try once from another network, for example over a mobile phone.',
);
const OUR_SIDE = everybody(
  'This is being looked into at the server’s end; you need not change anything in your program.',
);

export const PASSIVE_MODE: readonly Cause[] = [
  {
    code: 'passive-blocked-at-client',
    severity: 'error',
    side: 'client',
    title: "The client's network blocks the passive ports",
    detect: (reading) => detectMissed(reading, 'client'),
    what: `${NOT_DIALLED} In the last hour {othersArrived} data connections of other addresses came through.`,
    why: 'Other clients reach the passive ports, so they are open at the relay. A firewall at this client, or its provider, allows the control port only.',
    webmaster:
      'Nothing needs to be changed here. If the client’s network cannot be changed, active mode may work for it (if the client can be reached), or TLS, which keeps firewalls from interfering with what they think they understand.',
    tell: 'You were connected and logged in, but your network lets no connection through to the ports that carry files and listings ({firstPort} to {lastPort}).',
    remedy: ASK_NETWORK,
  },
  {
    code: 'passive-blocked-at-relay',
    severity: 'error',
    side: 'relay',
    title: "The relay's firewall blocks the passive ports",
    detect: (reading) => detectMissed(reading, 'relay'),
    what: `${NOT_DIALLED} In the last hour nobody else got through to a passive port either, and {othersMissed} other data connections never came.`,
    why: 'When no client at all reaches the passive ports, they are most likely closed in the firewall of the relay’s machine or of its provider, or the relay names a wrong public address.',
    webmaster:
      'Open TCP {firstPort}-{lastPort} to the relay, in the firewall of the machine and in that of the provider. Check --public-host, and run gangway doctor: it tries every passive port from outside.',
    tell: 'You were connected and logged in, but the ports that carry files and listings cannot be reached at this moment.',
    remedy: OUR_SIDE,
  },
  {
    code: 'passive-not-dialled',
    severity: 'error',
    side: 'client',
    title: 'The promised passive port was never connected to',
    detect: (reading) => detectMissed(reading, 'unknown'),
    what: `${NOT_DIALLED} No other client has used passive mode in the last hour, so it cannot be told at which end it is blocked.`,
    why: 'A firewall between client and relay lets the control connection through, but not the port for data: at the client, or at the relay.',
    webmaster:
      'Run gangway doctor: it tries every passive port ({firstPort}-{lastPort}) from outside. If that succeeds, the client’s network is to blame.',
    tell: 'You were connected and logged in, but no connection came to the port that carries files and listings (port {port}; the ports {firstPort} to {lastPort} are used).',
    remedy: ASK_NETWORK,
  },
  {
    code: 'passive-some-ports-blocked',
    severity: 'warning',
    side: 'relay',
    title: 'Some passive ports do not get through',
    detect: (reading) => detectMissed(reading, 'some-ports'),
    what: `${NOT_DIALLED} On another port the same client came through.`,
    why: 'A firewall has only a part of the passive ports open, a program gave up the first way and took another, or the connection was lost once.',
    webmaster:
      'Check that the whole range {firstPort}-{lastPort} is open to the relay, not a part of it. Run gangway doctor: it tries every passive port from outside.',
    tell: 'One of your transfers did not come about, because its port ({port}) could not be reached; others did. Please try again.',
    remedy: OUR_SIDE,
  },
  {
    code: 'data-from-other-address',
    severity: 'error',
    side: 'client',
    title: 'The data connection came from another address',
    detect: (reading) => {
      const { dataSource } = reading.context.tunnel;
      const strangers = reading.promises
        .filter(({ outcome, strangers: from }) => outcome === 'missed' && from.length > 0)
        .map((promise) => ({ ...promise, from: promise.strangers[0] ?? '' }));
      return firstOf(strangers, ({ port, from }) => ({ port, from, dataSource }));
    },
    what: 'The client at {client} was told to connect to port {port}. A connection came, but from {from}, and was refused: the tunnel’s data source is "{dataSource}".',
    why: 'The client’s provider or company sends its connections out by several addresses (carrier-grade NAT, two internet lines, a proxy or VPN for some ports). To the relay that looks like somebody who wants to steal the file.',
    webmaster:
      'If the two addresses are in one network, set --data-source same-network for this tunnel. Only if they are far apart, --data-source any; then require TLS with --require-session-reuse, so that nobody can take a client’s place.',
    tell: 'Your connections reach us from two different addresses ({client} and {from}), which is not allowed for safety.',
    remedy: everybody(
      'Please switch off a VPN or proxy that handles only some connections, and ask your network’s administrator to send all connections to this server out by one address.',
    ),
  },
  {
    code: 'data-stranger-seen',
    severity: 'info',
    side: 'client',
    title: 'Somebody else tried the passive port',
    detect: (reading) => {
      const seen = reading.promises.filter(
        ({ outcome, strangers }) => outcome === 'arrived' && strangers.length > 0,
      );
      return firstOf(seen, ({ at, port, strangers }) => ({ at, port, from: strangers[0] ?? '' }));
    },
    what: 'Somebody at {from} connected to port {port} while it was promised to the client at {client}, and was refused. The client itself came through.',
    why: 'Open ports are found by scanners. The promise was kept for the client.',
    webmaster: 'Nothing needs to be changed.',
    tell: 'Your transfer was not affected.',
    remedy: NOTHING,
  },
  {
    code: 'passive-ports-exhausted',
    severity: 'error',
    side: 'relay',
    title: 'All passive ports are in use',
    detect: (reading) => {
      const failed = reading.all('setup-failed').filter(({ why }) => why === 'no-passive-port');
      const [firstPort, lastPort] = reading.context.passivePorts;
      return firstOf(failed, ({ text }) => ({ text: shown(text), firstPort, lastPort }));
    },
    what: 'No passive port was left for the client at {client}: {text}. The relay has the ports {firstPort} to {lastPort}.',
    why: 'Each port carries one pending transfer per client address. Many users behind one address, or a program that asks for ports and never uses them, take them all.',
    webmaster:
      'Give the relay a longer range with --passive-ports A-B and open it in the firewall. A limit on sessions per address keeps a single program from taking all of them.',
    tell: 'Too many transfers from your network were waiting at the same moment.',
    remedy: FEWER_CONNECTIONS,
  },
  {
    code: 'wrong-address-family',
    severity: 'error',
    side: 'client',
    title: 'IPv4 commands on an IPv6 connection, or the other way round',
    detect: (reading) => {
      const refused = reading
        .all('refused')
        .filter(({ at, why }) => why === 'wrong-family' && !reading.transferredAfter(at));
      return firstOf(refused, ({ verb, text }) => ({ verb, text: shown(text) }));
    },
    what: 'The client at {client} asked for a data connection with {verb}, which does not fit the kind of address it is connected by: {text}',
    why: 'PORT and PASV know IPv4 addresses only. A program that uses them over IPv6, or names the wrong family in EPRT, cannot transfer anything.',
    webmaster:
      'Nothing needs to be changed here. If many clients are affected, a DNS name with an IPv4 address only keeps such programs away from IPv6.',
    tell: 'Your program is connected over IPv6 but uses commands of IPv4, or the other way round.',
    remedy: USE_EXTENDED,
  },
  {
    code: 'epsv-all-broken',
    severity: 'error',
    side: 'client',
    title: 'The program broke its own promise to use EPSV only',
    detect: (reading) => {
      const refused = reading
        .all('refused')
        .filter(({ at, why }) => why === 'epsv-all' && !reading.transferredAfter(at));
      return firstOf(refused, ({ verb }) => ({ verb }));
    },
    what: 'The client at {client} said EPSV ALL, and then sent {verb}.',
    why: 'After EPSV ALL only EPSV is allowed (RFC 2428). This is a fault of the program.',
    webmaster: 'Nothing needs to be changed here.',
    tell: 'Your program asked for one way of transferring files and then used another.',
    remedy: USE_PASSIVE,
  },
];
