import { reply, type Reply } from '../ftp/reply.ts';

/** How a client says whom it means; said to everybody alike. */
const HOW = 'Log in as USER name@tunnel, or with a client that names its host by TLS (SNI) or HOST';

/**
 * What a port says that several tunnels share, as long as the client has none. Nothing here depends on
 * which tunnels there are.
 */
export const RECEPTION_REPLIES = {
  greeting: () => reply(220, 'FTP service ready.'),
  /** To every login that fails, for whatever reason: nobody learns which tunnels there are. */
  loginFailed: () =>
    reply(
      530,
      'Login incorrect, or no such server here, or it is away, or it wants TLS. ' +
        'The user name is name@tunnel unless your client names its host.',
    ),
  tooManyLogins: () => reply(421, 'Too many failed logins; closing.'),
  whichServer: () => reply(530, `Several servers share this address. ${HOW}.`),
  passwordWanted: () => reply(331, 'Password required.'),
  userFirst: () => reply(503, 'Send USER first.'),
  noUser: () => reply(501, 'USER takes a name.'),
  hostAccepted: () => reply(220, 'Host accepted.'),
  badHost: () => reply(501, 'HOST takes a DNS name or an address (RFC 7151).'),
  hostAfterUser: () => reply(503, 'HOST comes before USER (RFC 7151).'),
  hostNotServerName: () => reply(504, 'HOST differs from the name that TLS was asked for.'),
  features: (features: readonly string[]) =>
    reply(211, ['Features:', ...features.map((feature) => ` ${feature}`), 'End']),
  help: () => reply(214, `${HOW}.`),
  noted: () => reply(200, 'Noted.'),
  alive: () => reply(200, 'OK.'),
  system: () => reply(215, 'UNIX Type: L8'),
  farewell: () => reply(221, 'Goodbye.'),
  begunAnew: () => reply(220, 'Service ready for new user.'),
  tooManyCommands: () => reply(421, 'Too many commands before a login; closing.'),
  tooManyClients: () => reply(421, 'Too many clients are logging in at this moment; try again.'),
} satisfies Record<string, (...facts: never[]) => Reply>;
