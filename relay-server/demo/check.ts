import { randomBytes } from 'node:crypto';
import { GangwayError } from '../../shared/errors.ts';
import type { HostPort } from '../../shared/ftp/address.ts';
import { FtpClient, FtpFault, type Account } from '../doctor/ftp-client.ts';
import { dialFromHere, passiveWay } from '../doctor/public-visit.ts';
import { list, receive, send } from '../doctor/transfers.ts';

const CHECK_BYTES = 256 * 1024;

/**
 * Logs in, lists, uploads a file, downloads it again and compares, all through the public port.
 * @param say gets a line for each step.
 * @throws GangwayError `check-failed` that names the step.
 */
export async function checkTransfers(
  { host, port, user, password }: HostPort & Account,
  say: (line: string) => void,
): Promise<void> {
  const started = performance.now();
  const given = new AbortController();
  try {
    const dial = dialFromHere(given.signal);
    const way = passiveWay({ host, port }, dial);
    const client = new FtpClient(await dial({ host, port }), given.signal);
    await client.greeting();
    await client.login({ user, password });
    await client.demand('TYPE', 'I');
    say(`check: logged in at ${host}:${port} as ${user}`);
    say(`check: listed ${await list(client, way)} entries`);
    const name = `gangway-check-${randomBytes(4).toString('hex')}.bin`;
    const content = randomBytes(CHECK_BYTES);
    await send(client, way, name, content);
    say(`check: uploaded ${content.length} bytes as ${name}`);
    const back = await receive(client, way, 'RETR', name);
    await client.demand('DELE', name);
    if (!back.equals(content)) {
      throw new GangwayError('check-failed', `${name} came back different: ${back.length} bytes`);
    }
    say(`check: downloaded the same ${back.length} bytes`);
    await client.demand('QUIT');
    say(`check: all well after ${Math.round(performance.now() - started)} ms`);
  } catch (error) {
    if (!(error instanceof FtpFault)) throw error;
    throw new GangwayError('check-failed', error.message, { cause: error });
  } finally {
    given.abort();
  }
}
