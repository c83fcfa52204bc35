import { runClient } from '../support/clients/client.ts';
import type { Endpoint } from '../support/clients/index.ts';

/** Sends a file a little at a time over a control connection without keepalive of its own. */
const PROGRAM = `
import ftplib, json, sys, time
p = json.loads(sys.argv[1])

class Slow:
    def __init__(self, file):
        self.file = file
    def read(self, size):
        time.sleep(1)
        return self.file.read(size)

ftp = ftplib.FTP(timeout=20)
ftp.connect(p['host'], p['port'])
ftp.login(p['user'], p['password'])
with open(p['send'], 'rb') as file:
    print(ftp.storbinary('STOR ' + p['sendTo'], Slow(file), blocksize=p['size']))
print(ftp.quit())
`;
const GRACE_MS = 15_000;

/**
 * Uploads `send` in `seconds`, with no byte on the control connection meanwhile.
 * @returns what the program printed: the replies to STOR and QUIT, or its error.
 */
export async function uploadSlowly(
  within: readonly string[],
  endpoint: Endpoint,
  file: { send: string; sendTo: string; bytes: number; seconds: number },
): Promise<string> {
  const { send, sendTo, bytes, seconds } = file;
  const task = { ...endpoint, send, sendTo, size: Math.ceil(bytes / seconds) };
  const [command, ...args] = [...within, '/usr/bin/python3', '-', JSON.stringify(task)];
  const limit = { timeoutMs: seconds * 1_000 + GRACE_MS };
  const result = await runClient(command, args, { stdin: PROGRAM, ...limit });
  return Buffer.concat([result.stdout, result.stderr]).toString('latin1');
}
