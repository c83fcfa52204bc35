import type { Remedy } from '../cause.ts';
import { OTHER_PROGRAMS } from './everybody.ts';

const NO_TLS = {
  explorer: `Windows Explorer cannot do FTP over TLS. ${OTHER_PROGRAMS}`,
  'ftp-exe': `The ftp command of Windows cannot do FTP over TLS. ${OTHER_PROGRAMS}`,
  finder: `The Finder cannot do FTP over TLS. ${OTHER_PROGRAMS}`,
};

/** Explicit FTP over TLS: AUTH TLS on the ordinary port. */
export const USE_EXPLICIT_TLS: Remedy = {
  ...NO_TLS,
  filezilla:
    'In FileZilla, open the Site Manager, select this site, choose the protocol "FTP - File Transfer Protocol" and the encryption "Require explicit FTP over TLS".',
  winscp:
    'In WinSCP, select the site in the login window, click Edit, choose the file protocol "FTP" and the encryption "TLS/SSL Explicit encryption".',
  lftp: 'In lftp, enter: set ftp:ssl-force on, and set ftp:ssl-protect-data on. The address begins with ftp://.',
  curl: 'With curl, use an address that begins with ftp:// and add --ssl-reqd.',
  'total-commander':
    'In Total Commander, press Ctrl+F, select the connection, click "Edit connection" and tick "SSL/TLS". Total Commander needs the OpenSSL libraries in its folder for it.',
  flashfxp:
    'In FlashFXP, open the Site Manager (F4), select the site and choose the connection type "FTP using Explicit SSL (Auth TLS)".',
  cuteftp:
    'In CuteFTP, right-click the site, choose "Site Properties", go to the page "Type" and set the protocol to "FTP with TLS/SSL (AUTH TLS - Explicit)".',
  generic:
    'Please set the encryption of your program to explicit FTP over TLS (also called FTPES or AUTH TLS).',
};

/** Plain FTP, where the tunnel takes no TLS. */
export const USE_CLEAR: Remedy = {
  filezilla:
    'In FileZilla, open the Site Manager, select this site and choose the encryption "Only use plain FTP (insecure)".',
  winscp:
    'In WinSCP, select the site in the login window, click Edit and choose the encryption "No encryption".',
  explorer: 'Windows Explorer uses plain FTP by itself.',
  'ftp-exe': 'The ftp command of Windows uses plain FTP by itself.',
  lftp: 'In lftp, enter: set ftp:ssl-allow no.',
  curl: 'With curl, use an address that begins with ftp:// and leave out --ssl-reqd and --ssl.',
  'total-commander':
    'In Total Commander, press Ctrl+F, select the connection, click "Edit connection" and clear "SSL/TLS".',
  flashfxp:
    'In FlashFXP, open the Site Manager (F4), select the site and choose the connection type "FTP".',
  cuteftp:
    'In CuteFTP, right-click the site, choose "Site Properties", go to the page "Type" and set the protocol to "FTP (standard File Transfer Protocol)".',
  finder: 'The Finder uses plain FTP by itself.',
  generic: 'Please switch encryption off in the settings of this connection.',
};

/** Data connections with TLS, too (PROT P). */
export const PROTECT_DATA: Remedy = {
  ...USE_EXPLICIT_TLS,
  filezilla: `${USE_EXPLICIT_TLS.filezilla} FileZilla then encrypts files and listings as well.`,
  winscp: `${USE_EXPLICIT_TLS.winscp} WinSCP then encrypts files and listings as well.`,
  lftp: 'In lftp, enter: set ftp:ssl-protect-data on, and set ftp:ssl-protect-list on.',
  curl: 'With curl, add --ssl-reqd and leave out --ftp-ssl-control, which encrypts the login only.',
  flashfxp:
    'In FlashFXP, open the Site Manager (F4), select the site, go to the page "SSL" and tick the secure options for file transfers and for the list.',
  cuteftp:
    'In CuteFTP, right-click the site, choose "Site Properties", go to the page "Type", choose "FTP with TLS/SSL (AUTH TLS - Explicit)" and switch the encryption of the data channel on.',
  generic:
    'Please switch on the encryption of file transfers and listings in your program (PROT P), not of the login alone.',
};

/** Data connections in clear (PROT C). */
export const CLEAR_DATA: Remedy = {
  ...USE_CLEAR,
  lftp: 'In lftp, enter: set ftp:ssl-protect-data off, and set ftp:ssl-protect-list off.',
  curl: 'With curl, replace --ssl-reqd by --ftp-ssl-control, which encrypts the login only.',
};

/** Data connections that resume the TLS session of the control connection. */
export const RESUME_TLS: Remedy = {
  ...NO_TLS,
  filezilla:
    'FileZilla does this by itself. Please install its newest version; if it happens all the same, check that no virus scanner inspects encrypted connections.',
  winscp:
    'In WinSCP, select the site in the login window, click Edit, then Advanced, open the page "TLS/SSL" and tick "Reuse TLS/SSL session ID for data connections".',
  lftp: 'lftp does this by itself when it is new enough. Please install its newest version.',
  curl: 'curl does this by itself. Please leave out --no-sessionid, and install a newer curl if it happens all the same.',
  'total-commander':
    'Please install the newest Total Commander with its newest OpenSSL libraries. If it happens all the same, please use FileZilla or WinSCP.',
  flashfxp:
    'Please install the newest FlashFXP and allow it to reuse TLS sessions for data connections. If it happens all the same, please use FileZilla or WinSCP.',
  cuteftp:
    'In CuteFTP, open the properties of the site, page "Type", and allow it to reuse the cached session for data connections. If there is no such option, please use FileZilla or WinSCP.',
  generic:
    'Please switch on "reuse of the TLS session for data connections" in your program. Some programs and libraries cannot do it (Python\'s ftplib, for one); FileZilla, WinSCP and curl can.',
};

/** A program that is too old for today's TLS. */
export const NEWER_TLS: Remedy = {
  ...NO_TLS,
  filezilla: 'Please install the newest version of FileZilla.',
  winscp:
    'Please install the newest version of WinSCP. Under Advanced > TLS/SSL, the maximum version has to be TLS 1.2 or 1.3.',
  lftp: 'Please install a newer lftp, or one built with a newer GnuTLS or OpenSSL. Check that ssl:priority does not switch TLS 1.2 off.',
  curl: 'Please install a newer curl, and leave out --tls-max, --tlsv1.0, --tlsv1.1 and --ciphers.',
  'total-commander':
    'Please install the newest Total Commander and put the newest OpenSSL libraries into its folder.',
  flashfxp: 'Please install the newest version of FlashFXP, which knows TLS 1.2.',
  cuteftp: 'Please install the newest version of CuteFTP, which knows TLS 1.2.',
  generic:
    'Please install a newer version of your program, one that knows TLS 1.2 or 1.3, on a system that is still supported.',
};

/** A certificate that the client does not believe. */
export const TRUST_CERTIFICATE: Remedy = {
  ...NO_TLS,
  filezilla:
    'When FileZilla shows the window "Unknown certificate", compare the fingerprint with the one we give you, tick "Always trust this certificate in future sessions" and click OK.',
  winscp:
    'When WinSCP asks whether to trust the certificate, compare the fingerprint with the one we give you and click Yes.',
  lftp: 'In lftp, give it the authority\'s certificate: set ssl:ca-file "FILE". Only if we say so: set ssl:verify-certificate no.',
  curl: "With curl, give it the authority's certificate: --cacert FILE. Only for a test: --insecure.",
  'total-commander':
    'When Total Commander asks whether to trust the certificate, compare the fingerprint with the one we give you and accept it.',
  flashfxp:
    'When FlashFXP shows the certificate, compare the fingerprint with the one we give you and choose "Accept & Save".',
  cuteftp:
    'When CuteFTP shows the certificate, compare it with what we tell you and accept it; it is then kept among the trusted certificates.',
  generic:
    'Please compare the fingerprint of the certificate with the one we give you, and tell your program to trust it.',
};
