import type { Remedy } from '../cause.ts';

/** User name and password anew. */
export const CHECK_PASSWORD: Remedy = {
  filezilla:
    'In FileZilla, open the Site Manager, select this site, set the logon type to "Normal" and enter user and password anew, without blanks before or behind them.',
  winscp:
    'In WinSCP, select the site in the login window, click Edit and enter user name and password anew, without blanks before or behind them.',
  explorer:
    'In Explorer, right-click an empty place of the FTP folder, choose "Login As" and enter user name and password anew. Without that Explorer logs in as anonymous.',
  'ftp-exe': 'Enter the command: user NAME, and then the password. It is not shown while you type.',
  lftp: 'In lftp, enter: open -u NAME SERVER, and then the password.',
  curl: 'With curl, use --user NAME and let it ask for the password; in an address, special characters have to be in percent notation.',
  'total-commander':
    'In Total Commander, press Ctrl+F, select the connection, click "Edit connection" and enter user name and password anew. A forgotten master password shows as a wrong password, too.',
  flashfxp:
    'In FlashFXP, open the Site Manager (F4), select the site and enter user name and password anew.',
  cuteftp:
    'In CuteFTP, right-click the site, choose "Site Properties", set the login method to "Normal" and enter user name and password anew.',
  finder:
    'In the Finder, choose Go > Connect to Server, select "Registered User" and enter name and password anew. An old password may be kept in the Keychain: delete it there.',
  generic:
    'Please enter user name and password anew, without blanks before or behind them; capital letters count.',
};

/** Fewer connections at once. */
export const FEWER_CONNECTIONS: Remedy = {
  filezilla:
    'In FileZilla, open the Site Manager, select this site, and on the page "Transfer Settings" tick "Limit number of simultaneous connections" and enter 1 or 2.',
  winscp:
    'In WinSCP, open Options > Preferences > Transfer > Background and set the maximal number of transfers at the same time to 1 or 2.',
  explorer: 'Please close all windows of this address but one.',
  'ftp-exe': 'Please end other ftp windows with the command quit.',
  lftp: 'In lftp, enter: set net:connection-limit 2, and use mirror without --parallel.',
  curl: 'With curl, leave out --parallel (-Z), or add --parallel-max 2.',
  'total-commander':
    'In Total Commander, disconnect what you do not use, and download in the background with one connection only.',
  flashfxp:
    'In FlashFXP, open the Site Manager (F4), select the site, go to the page "Transfer" and lower the number of simultaneous transfers to 1 or 2.',
  cuteftp:
    'In CuteFTP, open the properties of the site, go to the page "Options" and lower the number of concurrent connections to 1 or 2.',
  finder: 'Please eject other volumes of this server in the Finder.',
  generic:
    'Please let your program use one or two connections at once, and close those you do not need.',
};

/** A control connection that is kept awake. */
export const KEEP_ALIVE: Remedy = {
  filezilla:
    'In FileZilla, open Edit > Settings > Connection > FTP and tick "Send FTP keep-alive commands".',
  winscp:
    'In WinSCP, select the site in the login window, click Edit, then Advanced, open the page "Connection", and under "Keepalives" choose "Executing dummy protocol commands" every 30 seconds.',
  explorer:
    'Windows Explorer cannot keep a connection awake. For large files please use FileZilla or WinSCP.',
  'ftp-exe':
    'The ftp command of Windows cannot keep a connection awake. For large files please use FileZilla or WinSCP.',
  lftp: 'In lftp, enter: set net:socket-keepalive on, or transfer large files with pget -c, which goes on where it stopped.',
  curl: 'With curl, add --keepalive-time 60, and --continue-at - to go on with a file that was broken off.',
  'total-commander':
    'In Total Commander, press Ctrl+F, select the connection, click "Edit connection" and switch on the command that keeps the connection alive.',
  flashfxp:
    'In FlashFXP, open the Site Manager (F4), select the site, go to the page "Options" and switch "Anti-idle" on.',
  cuteftp: 'In CuteFTP, open the properties of the site, and switch "Smart Keep Alive" on.',
  finder:
    'The Finder cannot keep a connection awake. For large files please use Cyberduck or FileZilla.',
  generic:
    'Please switch on "keep alive" (also called anti-idle) in your program, with a command every 30 to 60 seconds.',
};

/** A transfer once more, from where it stopped if possible. */
export const TRANSFER_AGAIN: Remedy = {
  filezilla:
    'In FileZilla, right-click the file in the list of failed transfers and choose "Reset and requeue selected files"; when it asks, choose "Resume".',
  winscp: 'In WinSCP, start the transfer again; when it asks, choose to resume it.',
  explorer: 'Please copy the file again from the beginning; Explorer cannot resume.',
  'ftp-exe':
    'Please transfer the file again from the beginning; the ftp command of Windows cannot resume.',
  lftp: 'In lftp, use get -c or put -c for a file, or mirror -c for a folder.',
  curl: 'With curl, add --continue-at - to go on where it stopped.',
  'total-commander':
    'In Total Commander, start the transfer again and choose "Resume" when it asks.',
  flashfxp: 'In FlashFXP, start the queue again and choose "Resume" when it asks.',
  cuteftp:
    'In CuteFTP, right-click the file in the queue and start it again; it resumes where it stopped.',
  finder: 'Please copy the file again from the beginning; the Finder cannot resume.',
  generic: 'Please start the transfer again; choose "resume" if your program offers it.',
};

/** How the login names a tunnel at a shared port. */
export const NAME_THE_SERVER: Remedy = {
  ...CHECK_PASSWORD,
  filezilla:
    'In FileZilla, open the Site Manager, select this site and enter the user in the form NAME@SERVER, as we told you, or the host name that we gave you together with "Require explicit FTP over TLS".',
  winscp:
    'In WinSCP, select the site in the login window, click Edit and enter the user name in the form NAME@SERVER, as we told you.',
  explorer:
    'In Explorer, right-click an empty place of the FTP folder, choose "Login As" and enter the user name in the form NAME@SERVER.',
  'ftp-exe': 'Enter the command: user NAME@SERVER, and then the password.',
  lftp: 'In lftp, enter: open -u NAME@SERVER HOST, and then the password.',
  curl: 'With curl, use --user NAME@SERVER; in an address the @ of the name is written %40.',
  'total-commander':
    'In Total Commander, press Ctrl+F, select the connection, click "Edit connection" and enter the user name in the form NAME@SERVER.',
  flashfxp:
    'In FlashFXP, open the Site Manager (F4), select the site and enter the user name in the form NAME@SERVER.',
  cuteftp:
    'In CuteFTP, right-click the site, choose "Site Properties" and enter the user name in the form NAME@SERVER.',
  finder:
    'In the Finder, choose Go > Connect to Server, select "Registered User" and enter the name in the form NAME@SERVER.',
  generic: 'Please enter the user name in the form NAME@SERVER, as we told you.',
};
