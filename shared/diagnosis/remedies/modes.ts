import type { Remedy } from '../cause.ts';

/** Passive mode: the client connects to the relay for each transfer. */
export const USE_PASSIVE: Remedy = {
  filezilla:
    'In FileZilla, open Edit > Settings > Connection > FTP and choose "Passive". Then open the Site Manager, select this site, and on the page "Transfer Settings" choose "Default" or "Passive".',
  winscp:
    'In WinSCP, select the site in the login window, click Edit, then Advanced, open the page "Connection" and tick "Passive mode".',
  explorer:
    'In Windows, open Internet Options (press Windows+R and enter inetcpl.cpl), go to the page "Advanced", tick "Use Passive FTP (for firewall and DSL modem compatibility)", click OK and open the address again.',
  'ftp-exe':
    'The ftp command of Windows knows active mode only and cannot be switched. Please use another program: WinSCP and FileZilla are free, and Windows 10 and later have curl, which works like this: curl --ftp-pasv --user NAME ftp://SERVER/',
  lftp: 'In lftp, enter: set ftp:passive-mode on. To keep it, put that line into the file ~/.lftprc.',
  curl: 'With curl, leave out --ftp-port (-P) and add --ftp-pasv.',
  'total-commander':
    'In Total Commander, press Ctrl+F, select the connection, click "Edit connection" and tick "Use passive mode for transfers (like a WWW browser)".',
  flashfxp:
    'In FlashFXP, open the Site Manager (F4), select the site, go to the page "Options" and switch passive mode on.',
  cuteftp:
    'In CuteFTP, right-click the site, choose "Site Properties", go to the page "Type" and set "Data connection type" to "Use PASV".',
  finder:
    'On the Mac, open System Settings > Network, choose your network, click "Details", then "Proxies", and switch "Use passive FTP mode (PASV)" on. Then connect again with Go > Connect to Server. The Finder can only read; for uploads please use another program, for example Cyberduck or FileZilla.',
  generic:
    'Please switch your program to passive mode (also called PASV). The setting is usually found among the options of the connection, of transfers or of the firewall.',
};

/** Active mode: the relay connects to the client for each transfer. */
export const USE_ACTIVE: Remedy = {
  filezilla:
    'In FileZilla, open the Site Manager, select this site, and on the page "Transfer Settings" choose "Active".',
  winscp:
    'In WinSCP, select the site in the login window, click Edit, then Advanced, open the page "Connection" and clear "Passive mode".',
  explorer:
    'In Windows, open Internet Options (press Windows+R and enter inetcpl.cpl), go to the page "Advanced", clear "Use Passive FTP (for firewall and DSL modem compatibility)", click OK and open the address again.',
  'ftp-exe':
    'The ftp command of Windows uses active mode by itself. Please do not use "quote PASV" there.',
  lftp: 'In lftp, enter: set ftp:passive-mode off.',
  curl: 'With curl, add --ftp-port - (the dash stands for your own address).',
  'total-commander':
    'In Total Commander, press Ctrl+F, select the connection, click "Edit connection" and clear "Use passive mode for transfers (like a WWW browser)".',
  flashfxp:
    'In FlashFXP, open the Site Manager (F4), select the site, go to the page "Options" and switch passive mode off.',
  cuteftp:
    'In CuteFTP, right-click the site, choose "Site Properties", go to the page "Type" and set "Data connection type" to "Use PORT".',
  finder:
    'On the Mac, open System Settings > Network, choose your network, click "Details", then "Proxies", and switch "Use passive FTP mode (PASV)" off.',
  generic:
    'Please switch your program to active mode (also called PORT). It works only where your computer can be reached from outside.',
};

/** A client that named an address of its own choice. */
export const NAME_NO_ADDRESS: Remedy = {
  ...USE_PASSIVE,
  filezilla: `${USE_PASSIVE.filezilla} If you need active mode, choose "Ask your operating system for the external IP address" under Edit > Settings > Connection > FTP > Active mode.`,
  curl: 'With curl, leave out --ftp-port (-P) and its address, and add --ftp-pasv.',
  lftp: `${USE_PASSIVE.lftp} If you need active mode, enter: set ftp:port-ipv4 "".`,
};

/** IPv6, where PORT and PASV mean nothing. */
export const USE_EXTENDED: Remedy = {
  ...USE_PASSIVE,
  lftp: 'In lftp, enter: set ftp:passive-mode on, and set ftp:prefer-epsv on.',
  curl: 'With curl, leave out --disable-epsv and --ftp-port, or add -4 to connect over IPv4.',
  'ftp-exe':
    'The ftp command of Windows does not do this over IPv6. Please use the IPv4 address, or another program, for example WinSCP or FileZilla.',
  generic:
    'Please switch your program to passive mode, allow it to use EPSV (also called extended passive mode), or connect to the IPv4 address.',
};
