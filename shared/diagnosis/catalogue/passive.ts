import type { Reading } from '../reading.ts';
import { detected, type CatalogueRow } from '../row.ts';
import { everybody, TO_ACTIVE, withSteps } from '../steps.ts';
import type { DiagnosisContext } from '../record.ts';

/** A passive port that was promised and to which the client never connected. */
function neverDialled(reading: Reading) {
  const ended = reading.last('transfer-ended', ({ broken }) => broken?.code === 'no-connection');
  if (ended === undefined) return undefined;
  const offered = reading.before('passive-offered', ended.index);
  const came = reading.has('data-accepted');
  return {
    ended,
    facts: { port: offered?.event.port ?? 0, client: reading.record.client.host },
    came,
  };
}

/** What is known of others: they get through, they do not either, or there are none to tell. */
function othersOf({ others }: DiagnosisContext): 'through' | 'stuck' | 'unknown' {
  if (others.arrived > 0) return 'through';
  return others.missed > 0 ? 'stuck' : 'unknown';
}

const OUT_USER =
  'Your FTP program could log in, but its second connection, for listings and files, did not get out of your network. A firewall or a security program on your side blocks outgoing connections to high ports.';

/** Passive mode: the client is named a port, and connects. */
export const PASSIVE_ROWS: readonly CatalogueRow[] = [
  {
    code: 'passive-blocked-client',
    severity: 'error',
    side: 'client',
    title: "The client's firewall lets no passive connection out",
    detect(reading, context) {
      const found = neverDialled(reading);
      if (found === undefined) return undefined;
      if (!found.came && othersOf(context) !== 'through') return undefined;
      const [first, last] = context.passivePorts;
      return detected(found.ended, { ...found.facts, first, last });
    },
    what: (say) =>
      `The client at ${say('client')} was told to connect to port ${say('port')} and did not come; others get through to these ports.`,
    why: 'Passive data connections of other clients arrive, so the ports are open here. On the side of this client something stops outgoing connections to them.',
    tellUser: everybody(
      `${OUT_USER} Please ask whoever looks after your network to allow outgoing TCP connections to this server, also to the passive ports it names.`,
    ),
    webmaster:
      'Nothing has to be changed here. Tell the other side the range of passive ports; a tunnel at port 21 helps where a firewall follows FTP.',
  },
  {
    code: 'passive-blocked-relay',
    severity: 'error',
    side: 'relay',
    title: 'Nobody gets through to the passive ports',
    detect(reading, context) {
      const found = neverDialled(reading);
      if (found === undefined || found.came || othersOf(context) !== 'stuck') return undefined;
      const [first, last] = context.passivePorts;
      return detected(found.ended, { ...found.facts, first, last });
    },
    what: (say) =>
      `The client at ${say('client')} was told to connect to port ${say('port')} and did not come; no other client has reached a passive port within the last hour.`,
    why: 'Most likely a firewall in front of the relay, or the security group of its provider, does not let the passive ports in.',
    tellUser: everybody(
      'The server has a problem with its firewall; we are looking after it. Please try again later.',
    ),
    webmaster:
      "Open the relay's passive ports (TCP, incoming) in the firewall of its machine and of its provider, and check the address it announces (--public-host). The doctor tries every port from outside.",
  },
  {
    code: 'passive-blocked',
    severity: 'error',
    side: 'client',
    title: 'The passive data connection never came',
    detect(reading, context) {
      const found = neverDialled(reading);
      if (found === undefined || found.came || othersOf(context) !== 'unknown') return undefined;
      const [first, last] = context.passivePorts;
      return detected(found.ended, { ...found.facts, first, last });
    },
    what: (say) =>
      `The client at ${say('client')} was told to connect to port ${say('port')} and did not come. Nobody else has tried within the last hour, so it cannot be said whose side it is.`,
    why: 'Either a firewall on the side of the client lets no connection out to the passive ports, or one in front of the relay lets none in.',
    tellUser: everybody(
      `${OUT_USER} Please try from another network (for example a mobile phone's) and tell us whether that works.`,
    ),
    webmaster:
      'Run the doctor: it tries every passive port from outside. If they are open, it is the side of the client.',
  },
  {
    code: 'data-from-other-address',
    severity: 'warning',
    side: 'client',
    title: 'The data connection came from another address',
    detect(reading, { tunnel }) {
      const stranger = reading.last('stranger');
      if (stranger === undefined) return undefined;
      // A scan of the ports means nothing as long as the client itself gets through.
      const missed = reading.last(
        'transfer-ended',
        ({ broken }) => broken?.code === 'no-connection',
      );
      if (missed === undefined) return undefined;
      const { port, from } = stranger.event;
      const { host: client } = reading.record.client;
      return detected(stranger, { port, from: from.host, client, dataSource: tunnel.dataSource });
    },
    what: (say) =>
      `The client logged in from ${say('client')}; to its port ${say('port')} somebody connected from ${say('from')} and was refused.`,
    why: 'Some networks have several public addresses and use now this, now that one. For safety a data connection has to come from the address of the control connection.',
    tellUser: everybody(
      'Your network uses more than one public address, and your second connection came from another one than the first. Please ask whoever looks after your network to use one address for all connections to this server.',
    ),
    webmaster:
      'If the other address belongs to the same user, set the policy "data source" of the tunnel to "same network" or, with less safety, to "any".',
  },
  {
    code: 'passive-ports-exhausted',
    severity: 'error',
    side: 'relay',
    title: 'All passive ports are taken for this client',
    detect(reading) {
      const failed = reading.last('setup-failed', ({ why }) => why === 'no-passive-port');
      return detected(failed, { text: failed?.event.text ?? '' });
    },
    what: (say) => `No passive port was free for the client: ${say('text')}.`,
    why: 'Each client address can have as many pending data connections as there are passive ports. A program that opens many at once, or many users behind one address, have used them up.',
    tellUser: everybody(
      'Too many transfers were begun at once from your network. Please lower the number of simultaneous transfers in your FTP program and try again.',
    ),
    webmaster: 'Give the relay a wider range with --passive-ports and open it in the firewall.',
  },
  {
    code: 'server-passive-broken',
    severity: 'error',
    side: 'server',
    title: "The FTP server's own data connections do not come about",
    detect(reading) {
      const failed = reading.last('setup-failed', ({ text }) =>
        /no usable data port|does not answer on the data port|cannot listen for the FTP server/.test(
          text,
        ),
      );
      return detected(failed, { text: failed?.event.text ?? '' });
    },
    what: (say) => `Between the agent and the FTP server: ${say('text')}`,
    why: 'The FTP server names a port on which it does not answer, or none: often a firewall on its own machine, or a wrong passive range.',
    tellUser: everybody(
      'The FTP server has a problem with its data connections; we are looking after it.',
    ),
    webmaster:
      'Look at the FTP server\'s passive range and at the firewall between it and the agent, or set the policy "server mode" to "active". The doctor tries each mode at the server.',
  },
  {
    code: 'active-would-help',
    severity: 'info',
    side: 'client',
    title: 'Passive mode fails again and again for this client',
    detect(reading) {
      const missed = reading
        .all('transfer-ended')
        .filter(({ event }) => event.broken?.code === 'no-connection');
      const last = missed.at(-1);
      if (missed.length < 3 || last === undefined) return undefined;
      return detected(last, { times: missed.length, client: reading.record.client.host });
    },
    what: (say) => `${say('times')} passive data connections of ${say('client')} did not come.`,
    why: 'A user with a public address of his own may get on in active mode, where the connection comes from here.',
    tellUser: withSteps(
      'If your computer has a public address and its firewall lets connections from this server in, active mode is worth a try.',
      TO_ACTIVE,
    ),
    webmaster: 'Nothing has to be changed, as long as the policy "client mode" is "any".',
  },
];
