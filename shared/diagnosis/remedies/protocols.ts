import type { Remedy } from '../cause.ts';

/** FTP in place of SFTP, which is a service of SSH. */
export const FTP_NOT_SFTP: Remedy = {
  filezilla:
    'In FileZilla, open the Site Manager, select this site and set the protocol to "FTP - File Transfer Protocol".',
  winscp:
    'In WinSCP, select the site in the login window, click Edit and set the file protocol to "FTP".',
  explorer: 'In Explorer, use an address that begins with ftp://.',
  'ftp-exe': 'Enter ftp, then open SERVER PORT; do not use the commands ssh, scp or sftp.',
  lftp: 'In lftp, use an address that begins with ftp:// in place of sftp://.',
  curl: 'With curl, use an address that begins with ftp:// in place of sftp:// or scp://.',
  'total-commander':
    'In Total Commander, press Ctrl+F for an FTP connection; the SFTP plug-in in the network neighbourhood is for another protocol.',
  flashfxp:
    'In FlashFXP, open the Site Manager (F4), select the site and choose the connection type "FTP".',
  cuteftp:
    'In CuteFTP, right-click the site, choose "Site Properties", go to the page "Type" and choose FTP in place of SFTP.',
  finder:
    'In the Finder, choose Go > Connect to Server and enter an address that begins with ftp://.',
  generic: 'Please set the protocol of your program to FTP, not SFTP, SCP or SSH.',
};

/** An FTP program in place of a browser or another HTTP client. */
export const FTP_NOT_HTTP: Remedy = {
  ...FTP_NOT_SFTP,
  explorer:
    'In Explorer, type the address into the address bar of a folder, beginning with ftp://.',
  'ftp-exe': 'Enter ftp, then open SERVER PORT.',
  lftp: 'In lftp, use an address that begins with ftp:// in place of http://.',
  curl: 'With curl, use an address that begins with ftp:// in place of http:// or https://.',
  'total-commander':
    'In Total Commander, press Ctrl+F for an FTP connection, and check that no HTTP proxy is set for it.',
  generic:
    "Today's browsers cannot open FTP addresses. Please use an FTP program, for example FileZilla, WinSCP or Cyberduck, and set no HTTP proxy in it.",
};

/** File names in UTF-8. */
export const USE_UTF8: Remedy = {
  filezilla:
    'In FileZilla, open the Site Manager, select this site, and on the page "Charset" choose "Force UTF-8"; if that does not help, choose the character set of the server there.',
  winscp:
    'In WinSCP, select the site in the login window, click Edit, then Advanced, open the page "Environment" and set "UTF-8 encoding for filenames" to "On"; if that does not help, to "Off".',
  explorer:
    'Windows Explorer decides about file names by itself. Please rename the file to letters without accents, or use FileZilla or WinSCP.',
  'ftp-exe':
    'The ftp command of Windows sends names as the console has them: enter chcp 65001 before you start it, or use FileZilla or WinSCP.',
  lftp: 'In lftp, enter: set ftp:use-utf8 on, and set ftp:charset UTF-8; if that does not help, give the character set of the server there.',
  curl: 'With curl, give the name as UTF-8 in percent notation, for example %C3%A4 for a with two dots.',
  'total-commander':
    'In Total Commander, press Ctrl+F, select the connection, click "Edit connection" and set the encoding of file names to "UTF-8".',
  flashfxp:
    'In FlashFXP, open the Site Manager (F4), select the site, go to the page "Options" and set the character encoding to "UTF-8".',
  cuteftp: 'In CuteFTP, open the properties of the site and set the character encoding to UTF-8.',
  finder:
    'The Finder decides about file names by itself. Please rename the file to letters without accents, or use Cyberduck or FileZilla.',
  generic:
    'Please set the character set for file names of your program to UTF-8, or use names without accents and other special letters.',
};
