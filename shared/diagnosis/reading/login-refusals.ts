import type { Facts } from '../finding.ts';
import { shown } from '../words.ts';
import type { Reading } from './reading.ts';
import { serverWord, withoutCode, type ServerWord } from './server-words.ts';

/** A refusal of the server in its greeting or a login. */
interface LoginRefusal {
  readonly at: number;
  readonly code: number;
  readonly text: string;
  readonly word: ServerWord;
  readonly user: string;
}

/** What the server refused before the client was in, if it did not get in afterwards. */
function loginRefusals(reading: Reading): LoginRefusal[] {
  const refusals: LoginRefusal[] = [];
  const add = (at: number, verb: string, code: number, said: string): void => {
    const text = withoutCode(said);
    const word = serverWord(verb, code, text);
    refusals.push({ at, code, text: shown(text), word, user: userAt(reading, at) });
  };
  for (const { at, code, text } of reading.all('greeted')) {
    if (code >= 400) add(at, '', code, text);
  }
  for (const { at, code, text } of reading.all('login-failed')) add(at, 'PASS', code, text);
  for (const { verb, answer } of reading.exchanges) {
    const isLogin = verb === 'USER' || verb === 'ACCT';
    if (!isLogin || answer === undefined || answer.code < 400 || answer.by === 'gateway') continue;
    add(answer.at, verb, answer.code, answer.text);
  }
  for (const { at, why } of reading.all('reception-failed')) {
    const said = /^the FTP server said: (\d{3})?/.exec(why);
    if (said !== null)
      add(at, 'PASS', Number(said[1] ?? 530), why.slice('the FTP server said: '.length));
  }
  return refusals.filter(({ at }) => !reading.loggedIn(at)).sort((one, other) => one.at - other.at);
}

/** Refusals that mean one thing. */
export function refusedFor(reading: Reading, word: ServerWord): LoginRefusal[] {
  return loginRefusals(reading).filter((refusal) => refusal.word === word);
}

export const refusalFacts = ({ code, text, user }: LoginRefusal): Facts => ({ code, text, user });

function userAt(reading: Reading, at: number): string {
  const named = reading.all('user').findLast((sign) => sign.at <= at)?.name;
  return shown(named ?? reading.first('reception-failed')?.user ?? 'nobody yet');
}
