import type { ClientProgram } from '../../../shared/diagnosis/programs.ts';

/** Client programs as people call them, in the order they are chosen from. */
export const PROGRAM_NAMES: Readonly<Record<ClientProgram, string>> = {
  filezilla: 'FileZilla',
  winscp: 'WinSCP',
  explorer: 'Windows Explorer',
  'ftp-exe': 'ftp.exe of Windows',
  'total-commander': 'Total Commander',
  flashfxp: 'FlashFXP',
  cuteftp: 'CuteFTP',
  finder: 'Finder of macOS',
  lftp: 'lftp',
  curl: 'curl',
  generic: 'another program',
};
