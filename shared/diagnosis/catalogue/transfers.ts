import type { Reading } from '../reading.ts';
import { detected, type CatalogueRow } from '../row.ts';
import { everybody } from '../steps.ts';

/** A transfer during which a control connection may be forgotten by a router (milliseconds). */
const LONG_TRANSFER = 120_000;
const NOT_FOUND =
  /no such|not found|does not exist|can't (find|open)|cannot find|failed to (open|change dir)/i;
const DENIED = /permission|denied|not allowed|access|forbidden|privilege|read.?only/i;
// oxlint-disable-next-line no-control-regex -- bytes that are no ASCII are what is looked for
const NOT_ASCII = /[^\x00-\x7f]/;

/** Refusals of the server by code, of commands and of transfers, with the name they were about. */
function refusals(reading: Reading, codes: readonly number[]) {
  return reading
    .all('answered')
    .filter(({ event }) => codes.includes(event.code))
    .map((found) => {
      const command = reading.before(
        'command',
        found.index,
        ({ verb }) => verb === found.event.verb,
      );
      const { verb, text = '' } = found.event;
      return { at: found.at, index: found.index, verb, text, name: command?.event.argument ?? '' };
    });
}

function broken(reading: Reading, fulfils: (code: string, by: string) => boolean) {
  return reading.last(
    'transfer-ended',
    (event) => event.broken !== undefined && fulfils(event.broken.code, event.broken.by),
  );
}

/** Codes of breakages that rows of other pages explain. */
const EXPLAINED: ReadonlySet<string> = new Set([
  'no-connection',
  'client-unreachable',
  'tls-failed',
  'tls-not-resumed',
  'stalled',
  'aborted',
  'killed',
  'restarting',
]);

/** Files and their transfers. */
export const TRANSFER_ROWS: readonly CatalogueRow[] = [
  {
    code: 'stalled-data',
    severity: 'error',
    side: 'client',
    title: 'A transfer stood still until it was broken off',
    detect(reading) {
      const ended = broken(reading, (code) => code === 'stalled');
      const { name = '', bytes = 0 } = ended?.event ?? {};
      return detected(ended, { name, bytes });
    },
    what: (say) => `"${say('name')}" stood still after ${say('bytes')} bytes.`,
    why: 'The other side stopped reading or sending: a computer that went to sleep, a full disk, a line that was lost without notice, or a firewall that drops packets of long connections.',
    tellUser: everybody(
      'Your transfer stood still and was broken off. Please check the free space on your disk and your line, and resume the transfer.',
    ),
    webmaster:
      'If it happens at one size again and again, suspect a firewall or the MTU on the way. The policy "stall time-out" says how long is waited.',
  },
  {
    code: 'idle-timeout',
    severity: 'info',
    side: 'client',
    title: 'The session was idle for too long',
    detect(reading) {
      const closed = reading.last('closed', ({ code }) => code === 'idle');
      return detected(closed, { reason: closed?.event.reason ?? '' });
    },
    what: (say) => `The session was ended: ${say('reason')}.`,
    why: 'The client sent no command and transferred nothing for the time the policy allows.',
    tellUser: everybody(
      'Your connection was closed because nothing happened on it. That is harmless; your program connects again by itself. If it disturbs you, switch on "keep alive" (FileZilla: Edit > Settings > Connection > FTP).',
    ),
    webmaster: 'The policy "idle time-out" can be raised.',
  },
  {
    code: 'control-dropped-in-transfer',
    severity: 'error',
    side: 'client',
    title: 'The control connection was lost during a long transfer',
    detect(reading) {
      const closed = reading.last(
        'closed',
        ({ by, code }) => by === 'client' && !['quit', 'idle', 'killed'].includes(code),
      );
      if (closed === undefined) return undefined;
      const ended = reading.last(
        'transfer-ended',
        (event) => event.broken !== undefined && event.ms >= LONG_TRANSFER,
      );
      if (ended === undefined || closed.at - ended.at > 5_000) return undefined;
      return detected(closed, {
        seconds: Math.round(ended.event.ms / 1000),
        name: ended.event.name,
      });
    },
    what: (say) =>
      `After ${say('seconds')} seconds of transferring "${say('name')}" the control connection of the client was gone.`,
    why: 'During a transfer nothing passes on the control connection. Some routers forget connections that are silent for a few minutes.',
    tellUser: everybody(
      'Your router closes connections that are silent for a while, and so ends long transfers. Please switch on "keep alive" in your FTP program (FileZilla: Edit > Settings > Connection > FTP > "Send FTP keep-alive commands"; WinSCP: Advanced > Connection > Keepalives), and resume the transfer.',
    ),
    webmaster:
      'The relay keeps control connections alive by TCP already. Nothing else can be done here.',
  },
  {
    code: 'disk-full',
    severity: 'error',
    side: 'server',
    title: 'The FTP server has no space left',
    detect(reading) {
      const said = refusals(reading, [452, 552]).at(-1);
      return detected(said, { verb: said?.verb ?? '', text: said?.text ?? '' });
    },
    what: (say) => `The FTP server answered ${say('verb')} with: ${say('text')}`,
    why: "The server's disk is full, or the quota of the user is used up.",
    tellUser: everybody(
      'There is no space left on the server for your files. Please tell us, or delete files you no longer need there.',
    ),
    webmaster: 'Make space on the FTP server, or raise the quota of the user.',
  },
  {
    code: 'encoding-trouble',
    severity: 'warning',
    side: 'client',
    title: 'A file name with special characters was not found',
    detect(reading) {
      const said = refusals(reading, [550, 553, 501]).findLast(({ name }) => NOT_ASCII.test(name));
      return detected(said, { name: said?.name ?? '', text: said?.text ?? '' });
    },
    what: (say) => `The FTP server said to "${say('name')}": ${say('text')}`,
    why: 'FTP does not say which character set names are in. Client and server use different ones (UTF-8 here, Windows-1252 or GBK there), so that umlauts, accents or Chinese characters do not match.',
    tellUser: (program) =>
      program === 'filezilla'
        ? 'Please open the Site Manager in FileZilla, tab Charset, and try "Force UTF-8"; if the names look wrong then, choose a custom charset such as Windows-1252.'
        : program === 'winscp'
          ? 'Please edit the site in WinSCP, Advanced > Environment, and switch "UTF-8 encoding for filenames" to On, or to Off if it was On.'
          : 'Please switch the character set of file names in your FTP program to UTF-8 (or away from it, if it is UTF-8 already), or use names without special characters.',
    webmaster:
      'Gangway passes names through unchanged. Switch UTF-8 on at the FTP server (vsftpd: utf8_filesystem, ProFTPD: UseEncoding, FileZilla Server and Serv-U: their settings).',
  },
  {
    code: 'file-not-found',
    severity: 'info',
    side: 'client',
    title: 'A file or folder does not exist',
    detect(reading) {
      const said = refusals(reading, [550, 450]).findLast(
        ({ name, text, verb }) =>
          NOT_FOUND.test(text) && !NOT_ASCII.test(name) && verb !== 'SIZE' && verb !== 'MDTM',
      );
      return detected(said, {
        verb: said?.verb ?? '',
        name: said?.name ?? '',
        text: said?.text ?? '',
      });
    },
    what: (say) => `To ${say('verb')} ${say('name')} the FTP server said: ${say('text')}`,
    why: 'The path is wrong, differs in capital letters, or the file was moved.',
    tellUser: everybody(
      'The file or folder you asked for is not on the server. Please check the path, also capital letters.',
    ),
    webmaster:
      'Look whether the file is where the user expects it; users may be locked into their own folder.',
  },
  {
    code: 'permission-denied',
    severity: 'warning',
    side: 'server',
    title: 'The FTP server does not allow it',
    detect(reading) {
      const said = refusals(reading, [550, 553, 532]).findLast(
        ({ text, verb }) => DENIED.test(text) && !NOT_FOUND.test(text) && verb !== 'PASS',
      );
      if (said === undefined) return undefined;
      // What the gateway refuses itself is explained elsewhere.
      if (reading.last('refused', ({ text }) => text.includes(said.text)) !== undefined)
        return undefined;
      return detected(said, { verb: said.verb, name: said.name, text: said.text });
    },
    what: (say) => `To ${say('verb')} ${say('name')} the FTP server said: ${say('text')}`,
    why: "The user's account has no right to do this there.",
    tellUser: everybody(
      'Your account has no permission for this file or folder. Please tell us which one you need.',
    ),
    webmaster:
      'Check the rights of the user on the FTP server (vsftpd: write_enable, and the file system).',
  },
  {
    code: 'client-broke-off',
    severity: 'info',
    side: 'client',
    title: 'The client broke a transfer off',
    detect(reading) {
      const ended = broken(
        reading,
        (code, by) => by === 'client' && (code === 'aborted' || !EXPLAINED.has(code)),
      );
      if (ended === undefined || ended.event.broken?.code === 'ERR_TLS_TRUNCATED') return undefined;
      return detected(ended, {
        name: ended.event.name,
        bytes: ended.event.bytes,
        reason: ended.event.broken?.reason ?? '',
      });
    },
    what: (say) =>
      `The transfer of "${say('name')}" ended after ${say('bytes')} bytes: ${say('reason')}.`,
    why: 'The user cancelled it, his program had an error (for example a full disk), or his line was lost.',
    tellUser: everybody(
      'Your program ended the transfer before it was complete. If you did not cancel it, please check your line and your disk, and resume it.',
    ),
    webmaster: 'Nothing has to be changed. The file does not look complete on either side.',
  },
  {
    code: 'server-broke-off',
    severity: 'error',
    side: 'server',
    title: 'The FTP server broke a transfer off',
    detect(reading) {
      const ended = broken(reading, (code, by) => by === 'server' && !EXPLAINED.has(code));
      if (ended === undefined) return undefined;
      return detected(ended, {
        name: ended.event.name,
        bytes: ended.event.bytes,
        reason: ended.event.broken?.reason ?? '',
      });
    },
    what: (say) =>
      `The transfer of "${say('name')}" ended after ${say('bytes')} bytes: ${say('reason')}.`,
    why: "The server's data connection broke or did not come about: a disk error, a limit of the server, or a firewall between it and the agent.",
    tellUser: everybody(
      'The server broke the transfer off. Please try again; we are looking after it.',
    ),
    webmaster: "Look into the FTP server's log at this time, and run the doctor.",
  },
  {
    code: 'upload-may-be-cut-short',
    severity: 'warning',
    side: 'client',
    title: 'An encrypted upload ended without saying so',
    detect(reading) {
      const unclosed = reading.last('unclosed');
      const strict = broken(reading, (code) => code === 'ERR_TLS_TRUNCATED');
      return detected(strict ?? unclosed, { client: reading.record.client.host });
    },
    what: (say) => `${say('client')} ended an upload over TLS without close_notify.`,
    why: 'TLS says by close_notify that everything was sent. Without it, a file that was cut short by a lost connection looks the same as a whole one. Several programs leave it out.',
    tellUser: everybody(
      'Please compare the size of the file you uploaded with your own, and install the current version of your FTP program.',
    ),
    webmaster:
      'With the policy "strict close" such uploads are refused; otherwise they are accepted and this is noted.',
  },
];
