import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { FTP_CLIENTS } from '../support/clients/index.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import { gangwayFor } from '../support/gangway.ts';
import type { GangwayInFront } from '../support/gangway.ts';
import { startPyftpdlib } from '../support/servers/index.ts';
import type { RealServer } from '../support/servers/index.ts';

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');

/** Clients fall back in silence, so a table of modes says something only if each keeps to its own. */
describe('a client that is told a mode sends its command and no other', { skip }, () => {
  let server: RealServer;
  let gangway: GangwayInFront;
  before(async () => {
    server = await startPyftpdlib();
    gangway = await gangwayFor(server, { flags: ['--listen-host=::', '--log-level=debug'] });
  });
  after(async () => {
    await gangway?.close();
    await server?.stop();
  });

  for (const { name, mode, family, make } of FTP_CLIENTS.flat()) {
    it(`${name}: ${mode}${family === 6 ? ' over IPv6' : ''}`, async () => {
      const from = gangway.relay.events().length;
      const { user, password } = server;
      const host = family === 6 ? '::1' : gangway.host;
      // How it ends is another test's business.
      await make({ host, port: gangway.port, user, password }).list('');
      const asked = gangway.relay
        .events()
        .slice(from)
        .filter(({ event }) => event === 'session-command')
        .map((each) => String(each['verb']))
        .filter((verb) => ['EPSV', 'PASV', 'EPRT', 'PORT'].includes(verb));
      assert.deepEqual([...new Set(asked)], [mode]);
    });
  }
});
