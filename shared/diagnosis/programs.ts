/** Client programs whose menus and flags remedies are worded for. */
export const CLIENT_PROGRAMS = [
  'filezilla',
  'winscp',
  'explorer',
  'ftp-exe',
  'lftp',
  'curl',
  'total-commander',
  'flashfxp',
  'cuteftp',
  'finder',
  'generic',
] as const;
export type ClientProgram = (typeof CLIENT_PROGRAMS)[number];
