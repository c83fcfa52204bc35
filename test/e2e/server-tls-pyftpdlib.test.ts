import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, it } from 'node:test';
import { testAuthority } from '../support/certificates.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import { gangwayFor, type GangwayInFront } from '../support/gangway.ts';
import { RawClient } from '../support/raw-client.ts';
import { startPyftpdlib, type RealServer } from '../support/servers/index.ts';

const { missing } = await ensureDebianPackages();
const skip = missing.length > 0 ? missing.join(' ') : false;
const TIMES = 25;
const BYTES = randomBytes(30_000);

let server: RealServer;
let gangway: GangwayInFront;
before(async () => {
  if (skip !== false) return;
  const authority = await testAuthority();
  const issued = await authority.issue({ names: ['localhost', '127.0.0.1'] });
  server = await startPyftpdlib({ tls: { issued, mode: 'required' } });
  const agentFlags = ['--server-tls=explicit', `--server-ca=${authority.caFile}`];
  gangway = await gangwayFor(server, { agentFlags: [...agentFlags, '--server-name=localhost'] });
});
after(async () => {
  await gangway?.close();
  await server?.stop();
});

it(
  'pyftpdlib, which wants nothing on a data connection before the command, is given nothing',
  { skip },
  async () => {
    const { user, password } = server;
    const client = await RawClient.login({ ...gangway, user, password });
    await client.ask('TYPE I', 200);
    for (let time = 0; time < TIMES; time += 1) {
      await client.upload('STOR file', BYTES);
      assert.deepEqual(await client.download('RETR file'), BYTES);
      assert.match((await client.download('LIST')).toString(), /file/);
    }
    await client.quit();
  },
);
