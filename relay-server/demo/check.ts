import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { GangwayError } from '../../shared/errors.ts';
import { parseEpsvReply } from '../../shared/ftp/address.ts';
import { formatCommand } from '../../shared/ftp/command.ts';
import {
  isFailure,
  isPreliminary,
  ReplyReader,
  replyText,
  type Reply,
} from '../../shared/ftp/reply.ts';

/** An FTP account to check. */
export interface CheckedAccount {
  host: string;
  port: number;
  user: string;
  password: string;
}

const CHECK_BYTES = 256 * 1024;
const SILENCE_MS = 20_000;

/**
 * Logs in, lists, uploads a file, downloads it again and compares, all through the public port.
 * @param say gets a line for each step.
 * @throws GangwayError `check-failed` that names the step.
 */
export async function checkTransfers(
  account: CheckedAccount,
  say: (line: string) => void,
): Promise<void> {
  const started = performance.now();
  const client = await CheckClient.connect(account);
  try {
    await client.ask('USER', account.user);
    await client.ask('PASS', account.password);
    await client.ask('TYPE', 'I');
    say(`check: logged in at ${account.host}:${account.port} as ${account.user}`);
    const listing = await client.download('LIST');
    say(`check: listed ${listing.toString().split('\n').length - 1} entries`);
    const name = `gangway-check-${randomBytes(4).toString('hex')}.bin`;
    const content = randomBytes(CHECK_BYTES);
    await client.upload(name, content);
    say(`check: uploaded ${content.length} bytes as ${name}`);
    const back = await client.download('RETR', name);
    await client.ask('DELE', name);
    if (!back.equals(content)) {
      throw new GangwayError('check-failed', `${name} came back different: ${back.length} bytes`);
    }
    say(`check: downloaded the same ${back.length} bytes`);
    await client.ask('QUIT');
    say(`check: all well after ${Math.round(performance.now() - started)} ms`);
  } finally {
    client.close();
  }
}

/** Just enough of an FTP client to check with; passive mode, one command at a time. */
class CheckClient {
  readonly #account: CheckedAccount;
  readonly #control: Socket;
  readonly #reader = new ReplyReader();
  readonly #replies: AsyncIterator<Reply, void>;

  private constructor(account: CheckedAccount, control: Socket) {
    this.#account = account;
    this.#control = control;
    this.#replies = this.#read();
  }

  static async connect(account: CheckedAccount): Promise<CheckClient> {
    const { host, port } = account;
    const control = connect({ host, port });
    control.setTimeout(SILENCE_MS, () => control.destroy(new Error('no answer in time')));
    const client = new CheckClient(account, control);
    await client.#next('the greeting');
    return client;
  }

  async ask(verb: string, argument?: string): Promise<Reply> {
    this.#control.write(formatCommand(verb, argument));
    return this.#next(verb);
  }

  async download(verb: string, name?: string): Promise<Buffer> {
    const data = await this.#openData();
    await this.ask(verb, name);
    const chunks: Buffer[] = [];
    for await (const chunk of data as AsyncIterable<Buffer>) chunks.push(chunk);
    await this.#next(`the end of ${verb}`);
    return Buffer.concat(chunks);
  }

  async upload(name: string, content: Buffer): Promise<void> {
    const data = await this.#openData();
    await this.ask('STOR', name);
    data.end(content);
    await this.#next('the end of STOR');
    data.destroy();
  }

  close(): void {
    this.#control.destroy();
  }

  async #openData(): Promise<Socket> {
    const port = parseEpsvReply(await this.ask('EPSV'));
    if (port === undefined) throw new GangwayError('check-failed', 'EPSV named no port');
    const data = connect({ host: this.#account.host, port });
    await once(data, 'connect');
    return data;
  }

  async *#read(): AsyncGenerator<Reply, void> {
    for await (const chunk of this.#control as AsyncIterable<Buffer>)
      yield* this.#reader.push(chunk);
  }

  async #next(step: string): Promise<Reply> {
    const { value: answer } = await this.#replies.next();
    if (answer === undefined) {
      throw new GangwayError('check-failed', `the connection ended at ${step}`);
    }
    if (isFailure(answer)) {
      throw new GangwayError(
        'check-failed',
        `${step} was answered ${answer.code} ${replyText(answer)}`,
      );
    }
    // A 150 before the data, or 120 before the greeting; the final reply is asked for apart.
    return isPreliminary(answer) && answer.code === 120 ? this.#next(step) : answer;
  }
}
