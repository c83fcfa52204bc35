/**
 * What a command is about.
 * - `login`: who the client is, and the life of the session
 * - `data-setup`: agrees on the next data connection
 * - `transfer`: uses a data connection
 * - `parameter`: how the next transfers are to be done
 * - `file`: asks about or changes files without a data connection
 * - `tls`: protection of the connections (RFC 2228, RFC 4217)
 * - `service`: everything else a server may know
 */
export type VerbKind =
  | 'login'
  | 'data-setup'
  | 'transfer'
  | 'parameter'
  | 'file'
  | 'tls'
  | 'service';

/** Which way the file or listing goes, seen from the client. */
export type TransferDirection = 'download' | 'upload';

/** What is known of a command. */
export interface VerbFacts {
  kind: VerbKind;
  /** Transfers only. */
  direction?: TransferDirection;
  /** Data set-up only: `passive` means the client connects, `active` that the server does. */
  setup?: 'passive' | 'active';
  /** Changes the files of the server; a read-only tunnel refuses it. */
  changes?: true;
  /** Its argument is a secret and never logged. */
  secret?: true;
}

const DOWNLOAD: VerbFacts = { kind: 'transfer', direction: 'download' };
const UPLOAD: VerbFacts = { kind: 'transfer', direction: 'upload', changes: true };
const PASSIVE: VerbFacts = { kind: 'data-setup', setup: 'passive' };
const ACTIVE: VerbFacts = { kind: 'data-setup', setup: 'active' };
const LOGIN: VerbFacts = { kind: 'login' };
const LOGIN_SECRET: VerbFacts = { kind: 'login', secret: true };
const PARAMETER: VerbFacts = { kind: 'parameter' };
const FILE: VerbFacts = { kind: 'file' };
const FILE_CHANGE: VerbFacts = { kind: 'file', changes: true };
const TLS: VerbFacts = { kind: 'tls' };
const TLS_SECRET: VerbFacts = { kind: 'tls', secret: true };
const SERVICE: VerbFacts = { kind: 'service' };

/**
 * The commands of RFC 959, 775, 1639, 2228, 2389, 2428, 2640, 3659, 4217 and 7151 (registry: RFC 5797)
 * and the later ones in common use. A verb that is missing here is passed on all the same.
 */
export const VERBS: ReadonlyMap<string, VerbFacts> = new Map([
  ...rows('RETR LIST NLST MLSD', DOWNLOAD),
  ...rows('STOR STOU APPE', UPLOAD),
  ...rows('PASV EPSV LPSV SPSV CPSV', PASSIVE),
  ...rows('PORT EPRT LPRT', ACTIVE),
  ...rows('USER HOST REIN QUIT CLNT', LOGIN),
  ...rows('PASS ACCT', LOGIN_SECRET),
  ...rows('TYPE MODE STRU REST ALLO OPTS PRET LANG', PARAMETER),
  ...rows('PWD XPWD CWD XCWD CDUP XCUP SIZE MDTM MLST HASH AVBL', FILE),
  ...rows('XCRC XMD5 XSHA XSHA1 XSHA256 XSHA512', FILE),
  // RNFR changes nothing itself, but nobody sends it for another reason than RNTO.
  ...rows('DELE MKD XMKD RMD XRMD RMDA RNFR RNTO MFMT MFCT MFF SMNT COMB', FILE_CHANGE),
  // SITE reaches CHMOD, UTIME and worse; nobody can tell from the verb.
  ...rows('SITE', FILE_CHANGE),
  ...rows('AUTH PBSZ PROT CCC SSCN', TLS),
  ...rows('ADAT MIC CONF ENC', TLS_SECRET),
  ...rows('ABOR NOOP SYST STAT HELP FEAT', SERVICE),
]);

/** @returns which way a command transfers, or undefined if it does not. `verb` is upper-case. */
export function transferDirection(verb: string): TransferDirection | undefined {
  return VERBS.get(verb)?.direction;
}

/** The setting form some servers know, `MDTM 20260131080509 name`, besides RFC 3659's question. */
const MDTM_SETS = /^\s*\d{14}\s+\S/;

/**
 * Whether a command is known to leave the server's files as they are. ALLO is: it announces an upload
 * and makes none. Of a verb that is not in the table nobody knows.
 * @param verb upper-case
 */
export function isHarmless(verb: string, argument = ''): boolean {
  const facts = VERBS.get(verb);
  if (facts === undefined || facts.changes === true) return false;
  return !(verb === 'MDTM' && MDTM_SETS.test(argument));
}

function rows(verbs: string, facts: VerbFacts): [string, VerbFacts][] {
  return verbs.split(' ').map((verb) => [verb, facts]);
}
