import type { ClientProgram } from './programs.ts';

/** What each program is called. */
export const PROGRAM_NAMES: Readonly<Record<ClientProgram, string>> = {
  filezilla: 'FileZilla',
  winscp: 'WinSCP',
  explorer: 'Windows Explorer',
  'ftp-exe': 'ftp.exe',
  lftp: 'lftp',
  curl: 'curl',
  'total-commander': 'Total Commander',
  flashfxp: 'FlashFXP',
  cuteftp: 'CuteFTP',
  finder: 'macOS Finder',
  generic: 'FTP program',
};

type Steps = Readonly<Record<ClientProgram, string>>;

/** How a user switches to passive mode. */
export const TO_PASSIVE: Steps = {
  filezilla:
    'In FileZilla open Edit > Settings > Connection > FTP and choose "Passive (recommended)"; in the Site Manager, tab Transfer Settings, choose "Passive" or "Default".',
  winscp:
    'In WinSCP edit the site, open Advanced > Connection and tick "Passive mode"; then log in again.',
  explorer:
    'Open Internet Options, tab Advanced, and tick "Use Passive FTP (for firewall and DSL modem compatibility)"; then open the address again.',
  'ftp-exe':
    'The Windows command ftp.exe cannot do passive mode at all. Please use another program, for example FileZilla or WinSCP; both are free and passive by default.',
  lftp: 'In lftp type: set ftp:passive-mode on (or put that line into ~/.lftprc).',
  curl: 'Call curl without --ftp-port (-P); passive mode is its default. --ftp-pasv asks for it explicitly.',
  'total-commander':
    'In Total Commander press Ctrl+F, choose the connection, Edit, and tick "Use passive mode for transfers (like a WWW browser)".',
  flashfxp:
    'In FlashFXP open the site in the Site Manager, tab Connection, and tick "Use passive mode" (or Options > Preferences > Connection for all sites).',
  cuteftp:
    'In CuteFTP open the site\'s properties, tab Type, and set "Data connection type" to "Use PASV".',
  finder:
    'The macOS Finder uses passive mode already; if a proxy is set, tick "Use Passive FTP Mode (PASV)" in System Settings > Network > Proxies.',
  generic:
    'Please switch your FTP program to passive mode (PASV); it is usually in its connection settings.',
};

/** How a user switches to active mode. */
export const TO_ACTIVE: Steps = {
  filezilla:
    'In FileZilla open the site in the Site Manager, tab Transfer Settings, and choose "Active".',
  winscp: 'In WinSCP edit the site, open Advanced > Connection and untick "Passive mode".',
  explorer: 'Open Internet Options, tab Advanced, and untick "Use Passive FTP".',
  'ftp-exe': 'The Windows command ftp.exe uses active mode already.',
  lftp: 'In lftp type: set ftp:passive-mode off.',
  curl: 'Call curl with --ftp-port - (or -P -).',
  'total-commander':
    'In Total Commander press Ctrl+F, choose the connection, Edit, and untick "Use passive mode".',
  flashfxp: 'In FlashFXP untick "Use passive mode" in the site\'s tab Connection.',
  cuteftp: 'In CuteFTP set the site\'s "Data connection type" to "Use PORT".',
  finder:
    'The macOS Finder cannot do active mode. Please use another program, for example FileZilla or Cyberduck.',
  generic: 'Please switch your FTP program to active mode (PORT).',
};

/** How a user switches to explicit FTP over TLS, with the data encrypted, too. */
export const TO_TLS: Steps = {
  filezilla:
    'In FileZilla open the Site Manager and set Encryption to "Require explicit FTP over TLS".',
  winscp:
    'In WinSCP choose the file protocol FTP and the encryption "TLS/SSL Explicit encryption".',
  explorer:
    'Windows Explorer cannot do FTP over TLS. Please use FileZilla or WinSCP with "explicit FTP over TLS".',
  'ftp-exe':
    'The Windows command ftp.exe cannot do FTP over TLS. Please use FileZilla or WinSCP with "explicit FTP over TLS".',
  lftp: 'In lftp type: set ftp:ssl-force on; set ftp:ssl-protect-data on.',
  curl: 'Call curl with --ssl-reqd and an address that begins with ftp://.',
  'total-commander':
    'In Total Commander edit the connection and tick "SSL/TLS"; the OpenSSL libraries have to be installed.',
  flashfxp:
    'In FlashFXP set the connection type of the site to "FTP using Explicit SSL (Auth TLS)".',
  cuteftp:
    'In CuteFTP set the protocol type of the site to "FTP with TLS/SSL (AUTH TLS - Explicit)".',
  finder:
    'The macOS Finder does not use FTP over TLS reliably. Please use FileZilla or Cyberduck with "explicit FTP over TLS".',
  generic: 'Please choose "explicit FTP over TLS" (AUTH TLS, FTPES) in your FTP program.',
};

/** How a user goes without TLS. */
export const TO_PLAIN: Steps = {
  filezilla: 'In FileZilla open the Site Manager and set Encryption to "Only use plain FTP".',
  winscp: 'In WinSCP set the encryption of the site to "No encryption".',
  explorer: 'Use an address that begins with ftp://.',
  'ftp-exe': 'Nothing has to be changed: ftp.exe uses plain FTP.',
  lftp: 'In lftp type: set ftp:ssl-allow no.',
  curl: 'Call curl without --ssl-reqd and --ssl, with an address that begins with ftp://.',
  'total-commander': 'In Total Commander edit the connection and untick "SSL/TLS".',
  flashfxp: 'In FlashFXP set the connection type of the site to "FTP".',
  cuteftp: 'In CuteFTP set the protocol type of the site to "FTP".',
  finder: 'Use an address that begins with ftp://.',
  generic: 'Please choose plain FTP, without encryption, in your FTP program.',
};

/** How a user has TLS sessions resumed on data connections. */
export const TO_RESUME: Steps = {
  filezilla:
    'FileZilla does this by itself from version 3.0 on; please install its current version.',
  winscp:
    'In WinSCP edit the site, open Advanced > Connection > TLS/SSL and tick "Reuse TLS/SSL session ID for data connections".',
  explorer: TO_TLS.explorer,
  'ftp-exe': TO_TLS['ftp-exe'],
  lftp: 'lftp does this by itself; please install its current version.',
  curl: 'Call curl without --no-sessionid; it resumes sessions by itself.',
  'total-commander':
    'Total Commander may not resume TLS sessions. Please install its current version, or use FileZilla.',
  flashfxp: 'In FlashFXP tick "Reuse SSL session" in the site\'s tab SSL.',
  cuteftp:
    'In CuteFTP tick "Reuse cached session for data connection" under Tools > Global Options > Security > SSL.',
  finder: TO_TLS.finder,
  generic:
    'Please switch on "TLS session resumption" (or "reuse SSL session") for data connections in your FTP program, or use FileZilla or WinSCP, which can do it.',
};

/** The same sentence whatever the program. */
export function everybody(text: string): (program: ClientProgram) => string {
  return () => text;
}

/** A sentence about what is wrong, and then how to change it in the user's program. */
export function withSteps(text: string, steps: Steps): (program: ClientProgram) => string {
  return (program) => `${text} ${steps[program]}`;
}
