import { detected, type CatalogueRow } from '../row.ts';
import { everybody } from '../steps.ts';

const SORRY =
  'There is a problem with the server; we are looking after it. Please try again later.';
/** Seconds a user does not wait for without wondering. */
const SLOW_SECONDS = 8;
/** Losses of the link within an hour that are no accident. */
const FLAPPING = 3;

const DIALS_FAILED: ReadonlySet<string> = new Set([
  'connect-refused',
  'connect-timeout',
  'connect-unreachable',
]);

/** Commands that may take long for good reasons. */
const LONG_VERBS: ReadonlySet<string> = new Set(['SITE', 'QUIT', 'STOR', 'APPE', 'STOU', 'RETR']);

/** The FTP server, the agent beside it, and the link between agent and relay. */
export const SERVER_ROWS: readonly CatalogueRow[] = [
  {
    code: 'server-down',
    severity: 'error',
    side: 'server',
    title: 'The FTP server does not answer its agent',
    detect(reading) {
      const closed = reading.last('closed', ({ code }) => DIALS_FAILED.has(code));
      return detected(closed, {
        reason: closed?.event.reason ?? '',
        code: closed?.event.code ?? '',
      });
    },
    what: (say) =>
      `The agent could not connect to the FTP server: ${say('reason')} (${say('code')}).`,
    why: 'The FTP server is stopped, listens at another address or port, or a firewall is between it and the agent.',
    tellUser: everybody(SORRY),
    webmaster:
      'Start the FTP server, and check the address given to the agent with --server. "connect-refused" means that nothing listens there, "connect-timeout" that something swallows the connection.',
  },
  {
    code: 'server-at-limit',
    severity: 'error',
    side: 'server',
    title: 'The FTP server turned the client away itself (421)',
    detect(reading) {
      const closed = reading.last('closed', ({ code }) => code === 'server-limit');
      const greeted = reading.last('greeted', ({ code }) => code === 421);
      const answered = reading.last('answered', ({ code }) => code === 421);
      if (closed === undefined && greeted === undefined) return undefined;
      const text = greeted?.event.text ?? answered?.event.text ?? closed?.event.reason ?? '';
      return detected(greeted ?? closed, { text });
    },
    what: (say) => `The FTP server said 421 and closed: ${say('text')}`,
    why: 'The server has its own bounds: on users, on connections of one address (behind Gangway all of them come from the agent), or on idle time.',
    tellUser: everybody(
      'The server takes no more connections at the moment. Please try again in a few minutes.',
    ),
    webmaster:
      'Raise the limits of the FTP server, above all those per address (vsftpd: max_per_ip, ProFTPD: MaxClientsPerHost, Pure-FTPd: -C), as all clients come from the address of the agent; or let it know the real addresses by the PROXY protocol.',
  },
  {
    code: 'server-slow',
    severity: 'warning',
    side: 'server',
    title: 'The FTP server takes long to answer',
    detect(reading) {
      const late = reading.last('closed', ({ code }) => code === 'greeting-timeout');
      if (late !== undefined) return detected(late, { verb: 'the greeting', seconds: 60 });
      const opened = reading.first('opened');
      const greeted = reading.first('greeted');
      if (opened !== undefined && greeted !== undefined) {
        const seconds = Math.round((greeted.at - opened.at) / 1000);
        if (seconds >= SLOW_SECONDS) return detected(greeted, { verb: 'the greeting', seconds });
      }
      const slow = reading.last(
        'answered',
        ({ ms, verb }) => ms >= SLOW_SECONDS * 1000 && !LONG_VERBS.has(verb),
      );
      if (slow === undefined || reading.has('transfer-started')) return undefined;
      const seconds = Math.round(slow.event.ms / 1000);
      return detected(slow, { verb: slow.event.verb, seconds });
    },
    what: (say) => `The client waited ${say('seconds')} seconds for ${say('verb')}.`,
    why: 'Often the server looks up the name of its client in the DNS or asks an ident server, and waits until that fails; or its disk or machine is busy.',
    tellUser: everybody(
      'The server is slow at the moment. Please raise the time-out of your FTP program to 60 seconds.',
    ),
    webmaster:
      'Switch off reverse look-ups at the FTP server (vsftpd: reverse_lookup_enable=NO, ProFTPD: UseReverseDNS off and IdentLookups off, Pure-FTPd: -H).',
  },
  {
    code: 'server-not-ftp',
    severity: 'error',
    side: 'server',
    title: 'What answers behind the agent is no FTP server',
    detect(reading) {
      const closed = reading.last(
        'closed',
        ({ code }) => code === 'server-not-ftp' || code === 'server-reply-too-long',
      );
      return detected(closed, { reason: closed?.event.reason ?? '' });
    },
    what: (say) => `The answer of the server could not be read: ${say('reason')}.`,
    why: 'The agent is pointed at another service (SSH, HTTP), or the server begins TLS at once (implicit FTPS).',
    tellUser: everybody(SORRY),
    webmaster:
      'Check --server at the agent: FTP is usually port 21, implicit FTPS port 990 with --server-tls implicit.',
  },
  {
    code: 'server-closed',
    severity: 'error',
    side: 'server',
    title: 'The FTP server closed the connection without a word',
    detect(reading) {
      const closed = reading.last(
        'closed',
        ({ by, code }) =>
          by === 'server' && (code === 'server-closed' || /^(ECONN|connection-)reset/i.test(code)),
      );
      return detected(closed, { reason: closed?.event.reason ?? '' });
    },
    what: (say) => `The session ended because of the FTP server: ${say('reason')}.`,
    why: 'The server was restarted or has crashed, or it allows the agent too few connections and closes without saying so.',
    tellUser: everybody(SORRY),
    webmaster: "Look into the FTP server's log at this time.",
  },
  {
    code: 'agent-offline',
    severity: 'error',
    side: 'agent',
    title: 'The agent beside the FTP server is away',
    detect(reading) {
      const turned = reading.last('turned-away', ({ why }) => why === 'offline');
      return detected(turned, { text: turned?.event.text ?? '' });
    },
    what: (say) => `The client was turned away: ${say('text')}`,
    why: 'No agent of the tunnel is connected: its machine is off, it is not running, or it does not reach the relay.',
    tellUser: everybody(SORRY),
    webmaster:
      "Look at the agent's machine and its log: does it run, and does it reach the relay's URL? It connects again by itself.",
  },
  {
    code: 'agent-flapping',
    severity: 'warning',
    side: 'agent',
    title: 'The link to the agent is lost again and again',
    detect(reading, { agent }) {
      const closed = reading.last('closed', ({ by }) => by === 'tunnel');
      const turned = reading.last('turned-away', ({ why }) => why === 'offline');
      if (agent.drops < FLAPPING || (closed ?? turned) === undefined) return undefined;
      return detected(closed ?? turned, { times: agent.drops });
    },
    what: (say) => `The tunnel was without an agent ${say('times')} times within the last hour.`,
    why: 'An unstable line, a proxy or firewall that ends long connections, two agents that use one credential, or a machine that sleeps.',
    tellUser: everybody(SORRY),
    webmaster:
      'Read in the agent\'s log why it was disconnected. "superseded" means that two programs use the same state directory.',
  },
  {
    code: 'link-lost',
    severity: 'error',
    side: 'agent',
    title: 'The link to the agent broke during the session',
    detect(reading) {
      const closed = reading.last('closed', ({ by }) => by === 'tunnel');
      return detected(closed, { reason: closed?.event.reason ?? '' });
    },
    what: (say) => `The session was broken off: ${say('reason')}.`,
    why: "The connection between agent and relay was lost: the agent's machine or its line.",
    tellUser: everybody(
      'The connection to the server was lost. Please connect again; transfers that were running have to be repeated or resumed.',
    ),
    webmaster:
      "Look at the agent's log and at its line. Files of broken transfers do not look complete.",
  },
  {
    code: 'relay-restarting',
    severity: 'info',
    side: 'relay',
    title: 'The relay was restarting',
    detect(reading) {
      const closed = reading.last('closed', ({ code }) => code === 'restarting');
      const turned = reading.last('turned-away', ({ why }) => why === 'draining');
      return detected(closed ?? turned, { client: reading.record.client.host });
    },
    what: (say) => `The session of ${say('client')} ended because the relay was stopped.`,
    why: 'The relay was stopped or restarted; running transfers were allowed to finish.',
    tellUser: everybody('The server was restarted. Please connect again.'),
    webmaster: 'Nothing has to be changed.',
  },
  {
    code: 'ended-by-administrator',
    severity: 'info',
    side: 'relay',
    title: 'The session was ended by an administrator, or with its tunnel',
    detect(reading) {
      const closed = reading.last('closed', ({ code }) => code === 'killed');
      return detected(closed, { reason: closed?.event.reason ?? '' });
    },
    what: (say) => `The session was ended: ${say('reason')}.`,
    why: 'Somebody ended it on the dashboard, or the tunnel was changed or deleted.',
    tellUser: everybody(
      'Your session was ended by an administrator of the server. Please ask us before you connect again.',
    ),
    webmaster: 'The audit says who did it.',
  },
];
