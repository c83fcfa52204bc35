import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { HostPort } from '../../../shared/config/values.ts';
import { Line } from '../line.ts';
import type { RealServer, ServerName } from './real-server.ts';

/** What a server takes an upload for; of one of which it says nothing it does not say that it is complete. */
export type UploadWord = 'complete' | 'incomplete' | 'nothing';

const WAIT_MS = 10_000;
const POLL_MS = 20;

/** What the log of each server says of the upload of a file, if it says something. */
const LOGGED: Readonly<
  Record<Exclude<ServerName, 'pure-ftpd'>, (log: string, file: string) => UploadWord | undefined>
> = {
  // … [user] FAIL UPLOAD: Client "127.0.0.1", "/home/file", 123 bytes, 45.00Kbyte/sec
  vsftpd: (log, file) => wordOf(new RegExp(`(OK|FAIL) UPLOAD: .*/${file}"`).exec(log), 'OK'),
  // … 2 127.0.0.1 123 /home/file b _ i r user ftp 0 * c
  proftpd: (log, file) => wordOf(new RegExp(`/${file} b _ i .* ([ci])$`, 'm').exec(log), 'c'),
  // … STOR /home/file completed=1 bytes=123 seconds=0.1
  pyftpdlib: (log, file) => wordOf(new RegExp(`STOR .*/${file} completed=(\\d)`).exec(log), '1'),
};

function wordOf(found: RegExpExecArray | null, complete: string): UploadWord | undefined {
  if (found === null) return undefined;
  return found[1] === complete ? 'complete' : 'incomplete';
}

/** A server whose word on uploads is known. */
export class WitnessedServer {
  readonly server: RealServer;
  /** Where it is to be reached. */
  readonly at: HostPort;
  readonly #line: Line | undefined;
  #said = '';

  private constructor(server: RealServer, line: Line | undefined) {
    this.server = server;
    this.#line = line;
    this.at = line ?? server;
    if (line !== undefined) line.onBack = (chunk) => (this.#said += chunk.toString('latin1'));
  }

  /** Pure-FTPd logs broken uploads as it does others: there its replies are listened to. */
  static async of(server: RealServer): Promise<WitnessedServer> {
    const isMute = server.name === 'pure-ftpd';
    return new WitnessedServer(server, isMute ? await Line.lay(server) : undefined);
  }

  /** What it says of the upload of a file, waited for until its session is over. */
  async word(file: string): Promise<UploadWord> {
    const { name } = this.server;
    const deadline = performance.now() + WAIT_MS;
    // A line in a log sends nobody an event, nor does the end of somebody else's process.
    for (;;) {
      // Asked first: what it had to say it has said then.
      const isOver = name !== 'pyftpdlib' && (await sessionsOf(this.server)) === 0;
      const log = await this.server.log();
      const word = name === 'pure-ftpd' ? this.#replied(isOver) : LOGGED[name](log, file);
      if (word !== undefined) return word;
      if (isOver) return 'nothing';
      assert.ok(performance.now() < deadline, `${name} says nothing of ${file}: ${log}`);
      await delay(POLL_MS);
    }
  }

  async close(): Promise<void> {
    await this.server.stop();
    await this.#line?.cut();
  }

  /** Its word on the only upload of its only session. */
  #replied(isOver: boolean): UploadWord | undefined {
    const replies = this.#said.split(/^150 .*$/m);
    const last = replies.at(-1) ?? '';
    if (/^(426|451) /m.test(last)) return 'incomplete';
    return /^226 /m.test(last) ? 'complete' : isOver ? 'nothing' : undefined;
  }
}

/** Processes that serve sessions of a server. */
async function sessionsOf({ pid }: RealServer): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter((child) => child.trim() !== '').length;
}
