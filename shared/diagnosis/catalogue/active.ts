import { parseEprtArgument, parsePortArgument } from '../../ftp/address.ts';
import type { Reading } from '../reading.ts';
import { detected, type CatalogueRow } from '../row.ts';
import { everybody, TO_ACTIVE, TO_PASSIVE, withSteps } from '../steps.ts';

/** The address that a PORT or EPRT before a place named. */
function namedBefore(reading: Reading, index: number): string {
  const command = reading.before(
    'command',
    index + 1,
    ({ verb }) => verb === 'PORT' || verb === 'EPRT',
  );
  const argument = Buffer.from(command?.event.argument ?? '');
  const named =
    command?.event.verb === 'PORT' ? parsePortArgument(argument) : parseEprtArgument(argument);
  return named !== undefined && 'host' in named ? named.host : 'another address';
}

/** A PORT that named an address of the client's own network, and what helpers of NAT may have had to do with it. */
function behindNat(reading: Reading) {
  const refused = reading.last('refused', ({ why }) => why === 'behind-nat');
  if (refused === undefined) return undefined;
  const secured = reading.isSecuredAt(refused.index);
  const facts = {
    named: namedBefore(reading, refused.index),
    seen: reading.record.client.host,
    port: reading.record.port,
  };
  return { refused, secured, facts };
}

const NAT_USER =
  'Your FTP program asked for active mode, in which the server has to connect back to your computer; your router (NAT) prevents that. Passive mode works from where you are.';

/** Active mode: the client names an address, and is dialled there. */
export const ACTIVE_ROWS: readonly CatalogueRow[] = [
  {
    code: 'active-behind-nat',
    severity: 'error',
    side: 'client',
    title: 'Active mode from behind a router',
    detect(reading) {
      const found = behindNat(reading);
      if (found === undefined || found.secured || found.facts.port !== 21) return undefined;
      return detected(found.refused, found.facts);
    },
    what: (say) =>
      `The client asked to be connected at ${say('named')}, an address of its own network; from here it is ${say('seen')}.`,
    why: 'In active mode the FTP server connects to the client. A client behind a router that translates addresses (NAT) names an address nobody outside can reach.',
    tellUser: withSteps(NAT_USER, TO_PASSIVE),
    webmaster:
      'Nothing has to be changed here. If users keep coming in active mode, the policy "client mode: passive" refuses it with a sentence that says so.',
  },
  {
    code: 'nat-helper-blind-tls',
    severity: 'error',
    side: 'client',
    title: 'Active mode under TLS: the router cannot help',
    detect(reading) {
      const found = behindNat(reading);
      return found?.secured === true ? detected(found.refused, found.facts) : undefined;
    },
    what: (say) =>
      `Over TLS the client asked to be connected at ${say('named')}; from here it is ${say('seen')}.`,
    why: 'Routers with an FTP helper replace the address in PORT on its way. Under TLS they cannot read it, so active mode that works without encryption fails with it.',
    tellUser: withSteps(
      'With encryption your router can no longer help your FTP program with active mode. Passive mode works, encrypted as well.',
      TO_PASSIVE,
    ),
    webmaster: 'Nothing has to be changed here: passive mode works with TLS from everywhere.',
  },
  {
    code: 'nat-helper-blind-port',
    severity: 'error',
    side: 'client',
    title: "Active mode at a port that routers' helpers do not watch",
    detect(reading) {
      const found = behindNat(reading);
      if (found === undefined || found.secured || found.facts.port === 21) return undefined;
      return detected(found.refused, found.facts);
    },
    what: (say) =>
      `At port ${say('port')} the client asked to be connected at ${say('named')}; from here it is ${say('seen')}.`,
    why: 'The FTP helper of a router, if there is one, looks at connections to port 21 only. At any other port nobody replaces the private address in PORT.',
    tellUser: withSteps(NAT_USER, TO_PASSIVE),
    webmaster:
      'If many users depend on active mode, give the tunnel port 21. Otherwise nothing has to be changed: passive mode works at every port.',
  },
  {
    code: 'nat-helper-seen',
    severity: 'info',
    side: 'client',
    title: 'A router rewrites PORT, and that works',
    detect(reading, { namedBefore: before }) {
      const offered = reading.last('active-offered');
      if (offered === undefined || before.length === 0 || !reading.has('data-dialled')) {
        return undefined;
      }
      return detected(offered, { named: before[0] ?? '', seen: reading.record.client.host });
    },
    what: (say) =>
      `Clients at ${say('seen')} have named ${say('named')} before; now PORT names the public address, and the connection came about.`,
    why: 'A router with an FTP helper replaces the private address on its way. It does so only without TLS, and mostly only at port 21.',
    tellUser: everybody('Everything works; nothing has to be changed.'),
    webmaster: 'Nothing has to be changed. With TLS required, these users need passive mode.',
  },
  {
    code: 'active-blocked',
    severity: 'error',
    side: 'client',
    title: "The client's firewall lets no active connection in",
    detect(reading) {
      const ended = reading.last(
        'transfer-ended',
        ({ broken }) => broken?.code === 'client-unreachable',
      );
      if (ended === undefined) return undefined;
      const offered = reading.before('active-offered', ended.index);
      const { host, port } = offered?.event ?? reading.record.client;
      return detected(ended, { host, port, reason: ended.event.broken?.reason ?? '' });
    },
    what: (say) =>
      `The client asked to be connected at ${say('host')} port ${say('port')}, and could not be reached there: ${say('reason')}.`,
    why: 'In active mode the connection comes from outside. A firewall on the computer of the user or in front of it dropped or refused it.',
    tellUser: withSteps(
      'Your FTP program asked for active mode, and a firewall on your side did not let the connection in. Passive mode needs no incoming connection.',
      TO_PASSIVE,
    ),
    webmaster:
      "Nothing has to be changed here; the relay's outgoing connections were refused by the other side.",
  },
  {
    code: 'active-not-allowed',
    severity: 'error',
    side: 'relay',
    title: 'This tunnel takes no active mode',
    detect(reading) {
      const refused = reading.last('refused', ({ why }) => why === 'active-not-allowed');
      return detected(refused, { verb: refused?.event.verb ?? '' });
    },
    what: (say) =>
      `The client sent ${say('verb')}, and the policy of the tunnel allows passive mode only.`,
    why: 'The tunnel has the policy "client mode: passive".',
    tellUser: withSteps('This server works in passive mode only.', TO_PASSIVE),
    webmaster: 'If active mode is to work, set the policy "client mode" to "any".',
  },
  {
    code: 'passive-not-allowed',
    severity: 'error',
    side: 'relay',
    title: 'This tunnel takes no passive mode',
    detect(reading) {
      const refused = reading.last('refused', ({ why }) => why === 'passive-not-allowed');
      return detected(refused, { verb: refused?.event.verb ?? '' });
    },
    what: (say) =>
      `The client sent ${say('verb')}, and the policy of the tunnel allows active mode only.`,
    why: 'The tunnel has the policy "client mode: active". Most users sit behind routers, where active mode cannot work.',
    tellUser: withSteps('This server works in active mode only.', TO_ACTIVE),
    webmaster: 'Set the policy "client mode" to "any", unless there is a reason for it.',
  },
  {
    code: 'server-to-server-refused',
    severity: 'error',
    side: 'relay',
    title: 'A transfer between two servers was refused',
    detect(reading) {
      const refused = reading.last('refused', ({ why }) => why === 'foreign-address');
      if (refused === undefined) return undefined;
      const named = namedBefore(reading, refused.index);
      return detected(refused, { named, seen: reading.record.client.host });
    },
    what: (say) => `The client at ${say('seen')} asked for a connection to ${say('named')}.`,
    why: 'The client asked for the data to go to another address than its own, as in transfers between two servers (FXP), or its computer has more than one address. Such connections are refused, because they can be used to attack others.',
    tellUser: withSteps(
      'Transfers directly between two servers are not allowed here. If that is not what you wanted, please use passive mode.',
      TO_PASSIVE,
    ),
    webmaster:
      'If the other server is known, list it in the policy "FXP". If the user has several public addresses, passive mode helps.',
  },
  {
    code: 'wrong-address-family',
    severity: 'warning',
    side: 'client',
    title: 'IPv4 and IPv6 were mixed',
    detect(reading) {
      const refused = reading.last('refused', ({ why }) => why === 'wrong-family');
      return detected(refused, {
        verb: refused?.event.verb ?? '',
        seen: reading.record.client.host,
      });
    },
    what: (say) =>
      `The client is connected from ${say('seen')} and sent ${say('verb')} of the other kind.`,
    why: 'PASV and PORT know IPv4 only. Over IPv6 a client has to use EPSV or EPRT; most do so by themselves after this refusal.',
    tellUser: everybody(
      'Your FTP program mixed IPv4 and IPv6. Please install its current version, or connect by IPv4.',
    ),
    webmaster: 'If old programs cannot cope with IPv6, give the name clients use no AAAA record.',
  },
];
