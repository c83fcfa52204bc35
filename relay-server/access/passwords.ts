import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { GangwayError } from '../../shared/errors.ts';
import { ACCESS_LIMITS, API_LIMITS } from '../limits.ts';
import { Turns } from './turns.ts';

/** OWASP's first choice for argon2id where memory is dear: 19 MiB, two passes, one lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const SALT = 16;
const TAG = 32;
/** What of a password's own form is read back; other costs than ours are of a version before or after. */
const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

/** Hashes passwords and compares them, a few at a time. */
export class Passwords {
  readonly #turns = new Turns(ACCESS_LIMITS.hashesAtOnce, ACCESS_LIMITS.hashesWaiting);
  /** Of a password nobody has: compared with where there is no user, so that it takes as long. */
  readonly #nobodys = phc(randomBytes(SALT), randomBytes(TAG));

  /** Argon2id in PHC form. @throws GangwayError `login-busy`. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT);
    const tag = await this.#turns.take(() => derive(password, salt, COST));
    return phc(salt, tag);
  }

  /**
   * Whether the password is that of the hash; false, after the same time, if there is no hash.
   * @throws GangwayError `login-busy`.
   */
  async matches(password: string, hash: string | undefined): Promise<boolean> {
    const [, memory, passes, parallelism, salt, tag] = PHC.exec(hash ?? this.#nobodys) ?? [];
    if (salt === undefined || tag === undefined) return false;
    const cost = {
      memory: Number(memory),
      passes: Number(passes),
      parallelism: Number(parallelism),
    };
    const given = await this.#turns.take(() => derive(password, Buffer.from(salt, 'base64'), cost));
    return timingSafeEqual(given, Buffer.from(tag, 'base64')) && hash !== undefined;
  }
}

/** @throws GangwayError `password-unfit` for what nobody should have as a password. */
export function checkPassword(password: string, name: string): void {
  const { passwordShortest, secret } = API_LIMITS;
  const unfit = (message: string): GangwayError =>
    new GangwayError('password-unfit', message, {
      remedy: `Choose ${passwordShortest} to ${secret} characters, several words for example.`,
      exitCode: 2,
    });
  if (password.length < passwordShortest) throw unfit('that password is too short');
  if (password.length > secret) throw unfit('that password is too long');
  if (password.toLowerCase() === name || new Set(password).size < 4)
    throw unfit('that password is easily guessed');
}

function derive(password: string, nonce: Buffer, cost: typeof COST | Cost): Promise<Buffer> {
  // One spelling of letters that can be composed in two ways (NIST SP 800-63B §3.1.1.2).
  const message = Buffer.from(password.normalize('NFKC'));
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  argon2('argon2id', { message, nonce, tagLength: TAG, ...cost }, (error, tag) => {
    if (error === null) resolve(tag);
    else reject(error);
  });
  return promise;
}

interface Cost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

function phc(salt: Buffer, tag: Buffer): string {
  const { memory, passes, parallelism } = COST;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
}

/** As PHC strings have it: without padding. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
