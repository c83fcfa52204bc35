import { detected, type CatalogueRow } from '../row.ts';
import { everybody } from '../steps.ts';

/** Failed logins of one address within an hour that are no typing errors any more. */
const MANY = 5;

/** Getting in: passwords, bans, lists and limits. */
export const LOGIN_ROWS: readonly CatalogueRow[] = [
  {
    code: 'wrong-password',
    severity: 'error',
    side: 'client',
    title: 'The FTP server refused user name or password',
    detect(reading) {
      const failed = reading.last('login-failed', ({ code }) => code === 530 || code === 430);
      if (failed === undefined) return undefined;
      // Whoever got in after all mistyped it.
      const later = reading.last('logged-in');
      if (later !== undefined && later.index > failed.index) return undefined;
      const user = reading.before('user', failed.index)?.event.name ?? '';
      return detected(failed, { user, text: failed.event.text });
    },
    what: (say) => `The FTP server answered the password of "${say('user')}" with: ${say('text')}`,
    why: 'The user name is not known to the server, the password is wrong, or the account is locked. The server does not say which.',
    tellUser: everybody(
      'The server did not accept your user name or your password. Please type both anew (mind capital letters and spaces at the end when you paste), and delete a password that your program has saved.',
    ),
    webmaster:
      'Look into the log of the FTP server: it may know more. Test the account with the doctor, which logs in from the agent.',
  },
  {
    code: 'repeated-failed-logins',
    severity: 'warning',
    side: 'client',
    title: 'Many failed logins from one address',
    detect(reading, { failedLogins }) {
      const failed = reading.last('login-failed');
      if (failed === undefined || failedLogins < MANY) return undefined;
      return detected(failed, { client: reading.record.client.host, times: failedLogins });
    },
    what: (say) => `${say('times')} logins from ${say('client')} failed within the last hour.`,
    why: 'Either a program tries an old password again and again, or somebody tries passwords.',
    tellUser: everybody(
      'A program on your side keeps trying to log in with a wrong password. Please look for scheduled jobs and saved connections with an old password; after too many attempts your address is banned for a while.',
    ),
    webmaster:
      'If it is nobody you know, ban the address. The settings say after how many attempts that happens by itself.',
  },
  {
    code: 'banned',
    severity: 'error',
    side: 'relay',
    title: 'The address is banned',
    detect(reading) {
      const turned = reading.last('turned-away', ({ why }) => why === 'banned');
      return detected(turned, {
        client: reading.record.client.host,
        text: turned?.event.text ?? '',
      });
    },
    what: (say) => `${say('client')} was turned away: ${say('text')}`,
    why: 'The address is on the list of bans, by hand or after too many failed logins.',
    tellUser: everybody(
      'Your address is banned after too many failed logins. The ban ends by itself or is lifted by us; please correct the saved password before you try again.',
    ),
    webmaster: 'If the user is known, lift the ban (page Bans, or gangway ban remove).',
  },
  {
    code: 'address-not-allowed',
    severity: 'error',
    side: 'relay',
    title: 'The address is not on the list of those who may come',
    detect(reading) {
      const turned = reading.last('turned-away', ({ why }) => why === 'address-not-allowed');
      return detected(turned, { client: reading.record.client.host });
    },
    what: (say) => `The policy of the tunnel does not admit ${say('client')}.`,
    why: 'The policy "allow" lists who may come and does not have this address, or "deny" has it. Addresses of home and mobile networks change.',
    tellUser: everybody(
      'Only addresses we know can use this server. Please tell us your public address (a page such as "what is my IP" shows it).',
    ),
    webmaster: 'Add the address or its network to the policy "allow", or take it from "deny".',
  },
  {
    code: 'balancer-unknown',
    severity: 'error',
    side: 'relay',
    title: 'A load balancer is not believed',
    detect(reading) {
      const turned = reading.last('turned-away', ({ why }) => why === 'balancer-unknown');
      return detected(turned, { client: reading.record.client.host });
    },
    what: (say) =>
      `The connection for ${say('client')} came through a balancer that this tunnel does not list.`,
    why: 'Several tunnels share the port, and only some of them have the balancer in their policy.',
    tellUser: everybody('There is a problem with the server; we are looking after it.'),
    webmaster: 'Add the balancer to the policy "proxy from" of this tunnel.',
  },
  {
    code: 'too-many-sessions',
    severity: 'error',
    side: 'relay',
    title: 'The tunnel has as many sessions as it may have',
    detect(reading) {
      const turned = reading.last('turned-away', ({ why }) => why === 'max-sessions');
      return detected(turned, { text: turned?.event.text ?? '' });
    },
    what: (say) => `The client was turned away: ${say('text')}`,
    why: 'The policy "max sessions" is reached.',
    tellUser: everybody('The server is busy at the moment. Please try again in a few minutes.'),
    webmaster:
      'Look at the live sessions: are there many idle ones of one user? Otherwise raise "max sessions".',
  },
  {
    code: 'too-many-sessions-per-address',
    severity: 'error',
    side: 'client',
    title: 'One address has as many sessions as it may have',
    detect(reading) {
      const turned = reading.last('turned-away', ({ why }) => why === 'max-sessions-per-address');
      return detected(turned, {
        client: reading.record.client.host,
        text: turned?.event.text ?? '',
      });
    },
    what: (say) => `${say('client')} was turned away: ${say('text')}`,
    why: 'A program opens many connections at once, or many users come from behind one address.',
    tellUser: everybody(
      'Too many connections are open from your address. Please lower the number of simultaneous connections in your FTP program (FileZilla: Edit > Settings > Transfers), and close programs that are still connected.',
    ),
    webmaster: 'If many people share the address, raise the policy "max sessions per address".',
  },
  {
    code: 'login-timeout',
    severity: 'warning',
    side: 'client',
    title: 'Nobody logged in within the time for it',
    detect(reading) {
      const closed = reading.last('closed', ({ code }) => code === 'login-timeout');
      return detected(closed, { seconds: Math.round((closed?.event.ms ?? 0) / 1000) });
    },
    what: (say) => `The client was connected for ${say('seconds')} seconds and did not log in.`,
    why: 'The program waits for its user to type a password, or it is none for FTP.',
    tellUser: everybody(
      'You were not logged in in time. Please connect again and type the password at once.',
    ),
    webmaster: 'If users need more time, raise the policy "login time-out".',
  },
  {
    code: 'no-tunnel-named',
    severity: 'error',
    side: 'client',
    title: 'A login at a shared port came to nothing',
    detect(reading) {
      const failed = reading.last('reception-failed');
      return detected(failed, {
        reason: failed?.event.why ?? '',
        client: reading.record.client.host,
      });
    },
    what: (say) =>
      `${say('client')} chose this tunnel at a port that several share, and was not let in: ${say('reason')}`,
    why: 'At a shared port the user says which server he means: by the name he connects to with TLS, or as NAME@TUNNEL. The server behind it did not accept the login.',
    tellUser: everybody(
      'The server did not accept the login. Please check the user name, which has to end in @ and the name of the server we gave you, and the password.',
    ),
    webmaster: 'The client reads the same whatever was wrong; the reason is above.',
  },
  {
    code: 'read-only',
    severity: 'warning',
    side: 'relay',
    title: 'The tunnel is read-only',
    detect(reading) {
      const refused = reading.last('refused', ({ why }) => why === 'read-only');
      return detected(refused, { verb: refused?.event.verb ?? '' });
    },
    what: (say) => `The client sent ${say('verb')}, which would change files.`,
    why: 'The policy of the tunnel allows reading only, whatever the FTP server would allow.',
    tellUser: everybody('Files can be downloaded from this address, not changed or uploaded.'),
    webmaster: 'If uploads are wanted, switch the policy "read-only" off.',
  },
];
