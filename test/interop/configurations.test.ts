import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ServerMode } from '../../shared/gateway/server-mode.ts';
import { FTP_CLIENTS } from '../support/clients/index.ts';
import type { ClientInMode } from '../support/clients/index.ts';
import { ensureDebianPackages } from '../support/debian.ts';
import { serveTunnel, startRelay } from '../support/gangway.ts';
import type { Relay, ServedTunnel } from '../support/gangway.ts';
import { REAL_SERVERS } from '../support/servers/index.ts';
import type { RealServer, ServerName } from '../support/servers/index.ts';
import { CELLS } from './cells.ts';
import type { CellContext } from './cells.ts';
import { closeContext, fillServer, openContext } from './context.ts';
import { whyNotOffered } from './not-offered.ts';
import { runs } from './plan.ts';
import { makeSamples } from './samples.ts';

/** A server as administrators have set it up. */
interface Configuration {
  readonly title: string;
  readonly server: ServerName;
  readonly config?: readonly string[];
  readonly host?: string;
  /** Server modes with which it must serve every client in every mode. */
  readonly modes: readonly ServerMode[];
}

/** An address that is nobody's (RFC 5737). */
const NOBODY = '203.0.113.99';
const IPV6 = '::1';
const CONFIGURATIONS: readonly Configuration[] = [
  {
    title: 'vsftpd without passive mode',
    server: 'vsftpd',
    config: ['pasv_enable=NO'],
    modes: ['auto', 'active'],
  },
  {
    title: 'vsftpd without active mode',
    server: 'vsftpd',
    config: ['port_enable=NO'],
    modes: ['auto'],
  },
  {
    title: 'vsftpd that names an address of nobody',
    server: 'vsftpd',
    config: [`pasv_address=${NOBODY}`],
    modes: ['pasv'],
  },
  {
    title: 'proftpd that names an address of nobody',
    server: 'proftpd',
    config: [`MasqueradeAddress ${NOBODY}`],
    modes: ['auto', 'pasv'],
  },
  {
    title: 'proftpd that knows PASV only',
    server: 'proftpd',
    config: ['<Limit EPSV EPRT PORT>', 'DenyAll', '</Limit>'],
    modes: ['auto'],
  },
  ...(['vsftpd', 'proftpd', 'pure-ftpd', 'pyftpdlib'] as const).map((server) => ({
    title: `${server} on IPv6`,
    server,
    host: IPV6,
    modes: ['auto' as const],
  })),
];

const { missing } = await ensureDebianPackages();
const skip = missing.length === 0 ? false : missing.join(' ');
const samples = makeSamples();
/** The three programs that most other clients are like. */
const CLIENTS = FTP_CLIENTS.flat().filter(({ name }) => ['curl', 'lftp', 'ftplib'].includes(name));

describe('servers as administrators set them up', { skip, concurrency: 2 }, () => {
  for (const configuration of CONFIGURATIONS) {
    describe(configuration.title, { concurrency: 1 }, () => configurationSuite(configuration));
  }
});

function configurationSuite(configuration: Configuration): void {
  let server: RealServer;
  let relay: Relay;
  const tunnels = new Map<ServerMode, ServedTunnel>();
  before(async () => {
    const { config = [], host = '127.0.0.1' } = configuration;
    server = await REAL_SERVERS[configuration.server]({ config, host });
    await fillServer(server, samples);
    relay = await startRelay({ flags: ['--listen-host=::'] });
    for (const mode of configuration.modes) {
      const tunnelFlags = ['--server-mode', mode];
      tunnels.set(mode, await serveTunnel(relay, server, { name: mode, tunnelFlags }));
    }
  });
  after(async () => {
    for (const tunnel of tunnels.values()) await tunnel.close();
    await relay?.stop();
    await server?.stop();
  });
  for (const mode of configuration.modes) {
    for (const client of CLIENTS) {
      const label = `${client.name}-${client.mode}-${mode}`;
      if (
        whyNotOffered({
          ...client,
          client: client.name,
          server: configuration.server,
          cell: '',
        }) !== undefined
      )
        continue;
      describe(label, () => {
        clientSuite(client, () => {
          const tunnel = tunnels.get(mode);
          assert.ok(tunnel, 'Gangway is not running');
          const { user, password } = server;
          const host = client.family === 6 ? IPV6 : tunnel.host;
          const program = client.make({ host, port: tunnel.port, user, password });
          return openContext(label, server, program, samples);
        });
      });
    }
  }
}

function clientSuite(client: ClientInMode, open: () => Promise<CellContext>): void {
  let context: CellContext;
  before(async () => {
    context = await open();
  });
  after(() => closeContext(context));
  for (const cell of CELLS) {
    if (cell.short !== true || cell.onlyLftp === true || !runs(client, cell)) continue;
    it(cell.name, () => cell.run(context));
  }
}
