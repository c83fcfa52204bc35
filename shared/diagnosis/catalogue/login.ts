import { DIAGNOSIS_LIMITS } from '../../limits.ts';
import { firstOf, type Cause } from '../cause.ts';
import type { Reading } from '../reading/reading.ts';
import { refusalFacts, refusedFor } from '../reading/login-refusals.ts';
import { CHECK_PASSWORD, FEWER_CONNECTIONS, NAME_THE_SERVER } from '../remedies/connections.ts';
import { everybody, WAIT } from '../remedies/everybody.ts';
import { span, shown } from '../words.ts';

function turnedAway(reading: Reading, ...words: readonly string[]): ReturnType<Cause['detect']> {
  const turned = reading.turnedAway(...words);
  return turned && { at: turned.at, facts: { text: shown(turned.text) } };
}

/** Words of {@link Reading.turnedAway} that have causes of their own. */
const OWN_CAUSES =
  /^(offline|draining|banned|address-not-allowed|max-sessions(-per-address)?|max-(receptions|handshakes)|balancer-unknown|tls-required|the FTP server said: .*)$/;

export const LOGIN: readonly Cause[] = [
  {
    code: 'wrong-password',
    severity: 'error',
    side: 'client',
    title: 'Wrong user name or password',
    detect: (reading) => firstOf(refusedFor(reading, 'password'), refusalFacts),
    what: 'The FTP server refused the login of {user} from {client}: {code} {text}',
    why: 'The FTP server knows no such user, the password is wrong, or the account may not log in by FTP. Only the server knows which; it says the same for all.',
    webmaster:
      'Check the account at the FTP server: name in the right spelling, password, not locked, allowed to use FTP. The relay keeps no passwords and checks none.',
    tell: 'The server does not accept the user name {user} with this password.',
    remedy: CHECK_PASSWORD,
  },
  {
    code: 'repeated-failed-logins',
    severity: 'warning',
    side: 'client',
    title: 'Many failed logins from one address',
    detect: (reading) => {
      const { failedLogins } = reading.context;
      const [last] = refusedFor(reading, 'password');
      if (last === undefined || failedLogins < DIAGNOSIS_LIMITS.failedLogins) return undefined;
      return { at: last.at, facts: { failedLogins, user: last.user } };
    },
    what: '{failedLogins} logins from {client} failed in the last hour, this one for {user} among them.',
    why: 'A program with an outdated password tries again and again, or somebody tries out passwords.',
    webmaster:
      'If you know the user, send him his password; otherwise ban the address. The server sees all logins come from its agent, so a ban of its own would lock everybody out.',
    tell: 'Your program has tried to log in many times with a wrong password. Please stop it and correct the password, as your address may be locked out otherwise.',
    remedy: CHECK_PASSWORD,
  },
  {
    code: 'account-broken',
    severity: 'error',
    side: 'server',
    title: 'The account does not work',
    detect: (reading) => firstOf(refusedFor(reading, 'account'), refusalFacts),
    what: 'The FTP server refused the login of {user} from {client} for a reason of its own: {code} {text}',
    why: 'The account is disabled or expired, its home folder is missing or may not be entered, or (vsftpd) the root folder of the account is writable.',
    webmaster:
      'Look at the account at the FTP server: its home folder must exist and be readable for it. For vsftpd’s "refusing to run with writable root" make the root folder read-only and give the user a writable folder below it.',
    tell: 'The server knows your account ({user}) but cannot open it. This is to be mended at the server.',
    remedy: everybody('We are looking into it; most likely your password is not the problem.'),
  },
  {
    code: 'banned',
    severity: 'error',
    side: 'relay',
    title: 'The address is banned',
    detect: (reading) => turnedAway(reading, 'banned'),
    what: 'The client at {client} was turned away, as its address is banned: {text}',
    why: 'Too many logins from this address failed, or an administrator banned it. Everybody behind the same address is affected.',
    webmaster:
      'If this is a known user, remove the ban on the page of bans, and make sure that his program has the right password first: it would be banned again.',
    tell: 'Your address ({client}) is locked out for a while, usually after several logins with a wrong password from your network.',
    remedy: CHECK_PASSWORD,
  },
  {
    code: 'address-not-allowed',
    severity: 'error',
    side: 'relay',
    title: 'The address is not allowed at this tunnel',
    detect: (reading) => turnedAway(reading, 'address-not-allowed'),
    what: 'The client at {client} was turned away: {text}',
    why: 'The tunnel’s lists (--allow, --deny) let certain addresses in only. The user may have a new address from his provider, or be in another place.',
    webmaster:
      'If he is to be let in, add {client} to --allow (or take it out of --deny). For users whose address changes, their provider’s network is needed, or no list at all.',
    tell: 'The server lets known addresses in only, and yours ({client}) is not among them.',
    remedy: everybody(
      'Please tell us whether this is your address for good, or connect from the place that was agreed on. A VPN changes your address.',
    ),
  },
  {
    code: 'balancer-unknown',
    severity: 'error',
    side: 'relay',
    title: 'A load balancer that the tunnel does not know',
    detect: (reading) => turnedAway(reading, 'balancer-unknown'),
    what: 'The client at {client} came through a load balancer that this tunnel does not believe: {text}',
    why: 'The balancer is listed with another tunnel of the same port, not with this one.',
    webmaster: 'Add the balancer’s address to this tunnel with --proxy-from.',
    tell: 'The way to this server is not set up completely.',
    remedy: WAIT,
  },
  {
    code: 'too-many-sessions',
    severity: 'error',
    side: 'relay',
    title: 'The tunnel has as many sessions as it may',
    detect: (reading) => turnedAway(reading, 'max-sessions', 'max-receptions', 'max-handshakes'),
    what: 'The client at {client} was turned away: {text}',
    why: 'The tunnel’s limit for sessions of all clients together is reached (--max-sessions).',
    webmaster:
      'Raise --max-sessions if the FTP server can take more. Look at the list of live sessions for clients that hold many and use none.',
    tell: 'The server has as many users at this moment as it can take.',
    remedy: WAIT,
  },
  {
    code: 'too-many-sessions-of-address',
    severity: 'error',
    side: 'client',
    title: 'Too many sessions from one address',
    detect: (reading) => turnedAway(reading, 'max-sessions-per-address'),
    what: 'The client at {client} was turned away: {text}',
    why: 'The program opens many connections at once, older ones have not ended yet, or many users share this address.',
    webmaster:
      'Raise --max-sessions-per-address if many people sit behind this address. The list of live sessions shows which ones it holds.',
    tell: 'There are already as many connections from your address ({client}) as the server allows.',
    remedy: FEWER_CONNECTIONS,
  },
  {
    code: 'login-timeout',
    severity: 'warning',
    side: 'client',
    title: 'Nobody logged in for too long',
    detect: (reading) => {
      const closed = reading.closedBy('login-timeout');
      return closed && { at: closed.at, facts: { waited: span(closed.ms) } };
    },
    what: 'The client at {client} was connected for {waited} without logging in; the connection was closed.',
    why: 'A window that asks for a password or about a certificate was left open, a port scanner holds connections, or the program waits for something it does not understand.',
    webmaster:
      'Nothing needs to be changed. The time is --login-timeout; do not make it short for people who type their passwords.',
    tell: 'You were connected but did not log in in time. Your program may still show a window that asks for the password or about a certificate.',
    remedy: CHECK_PASSWORD,
  },
  {
    code: 'no-tunnel-named',
    severity: 'error',
    side: 'client',
    title: 'The login at a shared port does not say which server is meant',
    detect: (reading) => {
      const failed = reading
        .all('reception-failed')
        .filter(
          ({ user, why }) => user !== undefined && !user.includes('@') && !OWN_CAUSES.test(why),
        );
      return firstOf(failed, ({ user }) => ({ user: shown(user), port: reading.record.port }));
    },
    what: 'The client at {client} logged in as {user} at port {port}, which several servers share, and named none of them.',
    why: 'At a shared port the client has to say which server it means: by the host name it connects to (TLS or HOST carry it), or with a login of the form NAME@TUNNEL.',
    webmaster:
      'Give the user his login in the form NAME@TUNNEL, or the host name of the tunnel together with TLS. A tunnel with a port of its own needs neither.',
    tell: 'Several servers share the address you connected to, and your login ({user}) does not say which one you mean.',
    remedy: NAME_THE_SERVER,
  },
  {
    code: 'shared-port-login-failed',
    severity: 'error',
    side: 'client',
    title: 'A login at a shared port came to nothing',
    detect: (reading) => {
      const failed = reading
        .all('reception-failed')
        .filter(
          ({ user, why }) => (user === undefined || user.includes('@')) && !OWN_CAUSES.test(why),
        );
      return firstOf(failed, ({ user, why }) => ({ user: shown(user), why: shown(why) }));
    },
    what: 'The login of {user} from {client} at a shared port came to nothing: {why}. The client read the same text as for a wrong password.',
    why: 'Behind the last @ of the user name stands the tunnel. If there is no such tunnel, or its server does not answer, the client is not told which, so that nobody learns which servers there are.',
    webmaster:
      'Compare what stands behind the @ with the names and hosts of the tunnels, and look whether the tunnel’s agent and server are up.',
    tell: 'The server did not accept the login {user}.',
    remedy: NAME_THE_SERVER,
  },
];
