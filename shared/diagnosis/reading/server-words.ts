/** What a server means by a refusal, as far as its words tell. Servers say the same in many ways. */
export type ServerWord =
  | 'session-reuse'
  | 'tls-wanted'
  | 'limit-per-address'
  | 'limit'
  | 'banned'
  | 'account'
  | 'password'
  | 'storage'
  | 'missing'
  | 'permission'
  | 'other';

const SESSION_REUSE =
  /\b(session|ssl)\b.*\b(re-?used?|resum\w+)|\b(re-?use|resum\w+)\b.*\bsession/i;
/** ProFTPD's mod_tls, of a data connection that does not resume. */
const PROFTPD_REUSE = /unable to build data connection: operation not permitted/i;
const TLS_WANTED =
  /\b(tls|ssl|ftps|encrypt\w*|secure (connection|session)s?|clear-?text|plain-?text|plain ftp|use auth first|auth (tls|command) (first|required))\b/i;
const TLS_CODES: ReadonlySet<number> = new Set([421, 503, 521, 522, 530, 533, 534, 550]);
const MANY = /\b(too many|maximum|max\.?|limit\w*|exceed\w*)\b/i;
const CONNECTIONS = /\b(users?|connections?|clients?|sessions?|log(ged)?-?ins?|hosts?)\b/i;
const PER_ADDRESS =
  /\b(your|this|same|per|each|from)\b.{0,20}\b(ip|address|host|internet address|computer)\b/i;
const BANNED =
  /\b(ban(ned)?|block(ed)?|black-?list(ed)?|not (allowed|permitted|authori[sz]ed)|access denied|refused|rejected)\b/i;
const ACCOUNT =
  /\b(oops|home director\w+|chroot|shell|disabled|expired|locked|cannot change directory|change directory|user director\w+)\b/i;
const STORAGE =
  /\b(no space|disk (is )?full|quota|insufficient (storage|disk|space)|not enough (storage|disk|space)|out of space|allocation exceeded|writing to local file)\b/i;
const MISSING =
  /(no such|not found|not exist|doesn't exist|can(no|')t find|cannot find|unable to find|failed to open file|can't open|cannot open|not a (plain|regular) file|not retrievable|could not get file size)/i;
const PERMISSION =
  /(permission|denied|not allowed|not permitted|forbidden|privilege|read-?only|not owner|unauthori[sz]ed|could not create|cannot create|can't create|prohibited)/i;

/** The verbs by which somebody logs in; the greeting has none. */
const LOGIN = new Set(['', 'USER', 'PASS', 'ACCT']);

/**
 * @param verb what was refused; empty for the greeting
 * @param text the reply without its code
 */
export function serverWord(verb: string, code: number, text: string): ServerWord {
  if (SESSION_REUSE.test(text) || PROFTPD_REUSE.test(text)) return 'session-reuse';
  const isLogin = LOGIN.has(verb);
  if (TLS_CODES.has(code) && TLS_WANTED.test(text) && (isLogin || !MISSING.test(text))) {
    if (isLogin || code === 521 || code === 522 || code === 534 || /required|must/i.test(text)) {
      return 'tls-wanted';
    }
  }
  if (isLogin) return loginWord(verb, code, text);
  if (code === 452 || code === 552 || STORAGE.test(text)) return 'storage';
  if (MISSING.test(text)) return 'missing';
  if (code === 553 || code === 532 || PERMISSION.test(text)) return 'permission';
  return 'other';
}

function loginWord(verb: string, code: number, text: string): ServerWord {
  if (MANY.test(text) && PER_ADDRESS.test(text)) return 'limit-per-address';
  if (MANY.test(text) && CONNECTIONS.test(text)) return 'limit';
  if (verb === '' || code === 421) return BANNED.test(text) ? 'banned' : 'other';
  if (code === 500 || ACCOUNT.test(text)) return 'account';
  return code === 530 || code === 430 || code === 532 ? 'password' : 'other';
}

/** A reply's text without the code it may begin with. */
export function withoutCode(text: string): string {
  return text.replace(/^\d{3}[ -]?/, '');
}
