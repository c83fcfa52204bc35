/** Verbs whose refusal a user notices; programs ask for features, sizes and folders that need not be there. */
export const NOTICED_VERBS: ReadonlySet<string> = new Set(
  'RETR STOR APPE STOU DELE MKD XMKD RMD XRMD RNFR RNTO'.split(' '),
);
