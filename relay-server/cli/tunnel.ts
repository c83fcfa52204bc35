import type { Command } from 'commander';
import { addExamples } from '../../shared/command-line.ts';
import type { Parser } from '../../shared/config.ts';
import { host, hostPort, integer, port } from '../../shared/config/values.ts';
import { GangwayError } from '../../shared/errors.ts';
import { formatHostPort } from '../../shared/config/values.ts';
import { checkTunnelName, tunnelHost } from '../admin/checks.ts';
import type { CreateTunnel } from '../views/tunnels.ts';
import { administer, administers, pasteLine } from './administer.ts';
import { parsed } from './parsed.ts';
import { POLICY_FLAG_NAMES, policyFlags, policyOf, type PolicyFlags } from './policy-flags.ts';
import { tunnelFacts, tunnelTable } from './words.ts';

/** Written for nothing at all. Commander takes no null from a parser. */
const NONE = 'none';
type None = typeof NONE;

interface PlaceFlags extends PolicyFlags {
  readonly port?: number;
  readonly implicitPort?: number | None;
  readonly shared?: boolean;
  readonly host?: string;
  readonly server?: string;
  readonly listenHost?: string;
}

interface UpdateFlags extends PlaceFlags {
  readonly name?: string;
  readonly revision?: number;
}

/** `gangway tunnel …`. */
export function addTunnelCommands(program: Command): void {
  const tunnel = program
    .command('tunnel')
    .description('create, list, show, change and delete tunnels');
  addExamples(
    tunnel,
    'gangway tunnel create shop --server 192.168.1.10:21',
    'gangway tunnel create shop --port 2121 --json',
    'gangway tunnel list --relay https://relay.example.org',
    'gangway tunnel update shop --port 2122',
    'gangway tunnel update shop --allow 203.0.113.0/24 2001:db8::/32 --read-only',
    'gangway tunnel update shop --policy policy.toml --max-sessions 50',
    'gangway tunnel create shop --port 21 --implicit-port 990 --shared --host shop.ftp.example.org',
  );
  addCreate(tunnel);
  addList(tunnel);
  addShow(tunnel);
  addUpdate(tunnel);
  addDelete(tunnel);
}

function addCreate(tunnel: Command): void {
  const command = tunnel
    .command('create <NAME>')
    .description('make a tunnel and a code for its agent');
  administers(placeFlags(command)).action(async (name: string, flags: PlaceFlags) => {
    checkTunnelName(name);
    const place = placeOf(flags);
    await administer(
      command,
      ({ admin }) => admin.createTunnel({ name, ...place }),
      async (created, { admin, relay }) => {
        const { enrolmentCode, tunnel: made } = created;
        const line = await pasteLine(admin, relay, enrolmentCode, made.serverAddress);
        return `Tunnel ${made.name} is ${created.publicAddress}\n\n${line}`;
      },
      { createDataDir: true },
    );
  });
}

function addList(tunnel: Command): void {
  const command = tunnel.command('list').description('list the tunnels');
  administers(command).action(() =>
    administer(
      command,
      async ({ admin }) => ({ tunnels: await admin.listTunnels() }),
      ({ tunnels }) => tunnelTable(tunnels),
    ),
  );
}

function addShow(tunnel: Command): void {
  const command = tunnel.command('show <NAME>').description('show a tunnel with its agents');
  administers(command).action((name: string) =>
    administer(
      command,
      async ({ admin }) => ({ tunnel: await admin.showTunnel(name) }),
      ({ tunnel: shown }) => tunnelFacts(shown),
    ),
  );
}

function addUpdate(tunnel: Command): void {
  const command = tunnel
    .command('update <NAME>')
    .description('change a tunnel; what is not named stays');
  placeFlags(command)
    .option('--name <NEW-NAME>', 'give it another name')
    .option(
      '--revision <N>',
      'only if nobody changed it since this revision',
      parsed(integer(1, 2 ** 31)),
    );
  administers(command).action(async (name: string, flags: UpdateFlags) => {
    const changes = { ...placeOf(flags), ...(flags.name !== undefined && { name: flags.name }) };
    if (Object.keys(changes).length === 0) {
      throw new GangwayError('nothing-to-change', 'nothing to change was named', {
        remedy: `Name at least one of --name, ${PLACE_FLAG_NAMES}, ${POLICY_FLAG_NAMES}.`,
        exitCode: 2,
      });
    }
    const condition = flags.revision === undefined ? {} : { revision: flags.revision };
    await administer(
      command,
      async ({ admin }) => ({ tunnel: await admin.updateTunnel(name, changes, condition) }),
      ({ tunnel: changed }) => tunnelFacts(changed),
    );
  });
}

function addDelete(tunnel: Command): void {
  const command = tunnel
    .command('delete <NAME>')
    .description('delete a tunnel; its agents lose access');
  administers(command).action((name: string) =>
    administer(
      command,
      async ({ admin }) => {
        await admin.deleteTunnel(name);
        return { deleted: name };
      },
      () => `Tunnel ${name} is deleted.`,
    ),
  );
}

/** In one line, for messages. */
const PLACE_FLAG_NAMES = '--port, --implicit-port, --shared, --host, --server, --listen-host';

function placeFlags(command: Command): Command {
  command
    .option('--port <N>', 'public port (default: the first free one from 2121)', parsed(port))
    .option(
      '--implicit-port <N>',
      'a second public port, where TLS begins at once, like 990; `none`',
      parsed(orNone(port)),
    )
    .option('--shared', 'its ports may be those of other shared tunnels')
    .option('--no-shared', 'the opposite of --shared')
    .option(
      '--host <NAME>',
      'its own DNS name, by which clients choose it on a shared port; `none`',
      parsed(orNone(tunnelHost)),
    )
    .option('--server <HOST:PORT>', 'the FTP server, as seen from the agent', hostPortText)
    .option('--listen-host <IP>', 'address of the relay to listen on', parsed(host));
  return policyFlags(command);
}

function placeOf(flags: PlaceFlags): Omit<CreateTunnel, 'name'> {
  const { port: publicPort, implicitPort, shared, host: ownName, server, listenHost } = flags;
  const policy = policyOf(flags);
  return {
    ...(publicPort !== undefined && { port: publicPort }),
    ...(implicitPort !== undefined && {
      implicitPort: implicitPort === NONE ? null : implicitPort,
    }),
    ...(shared !== undefined && { shared }),
    ...(ownName !== undefined && { host: ownName === NONE ? null : ownName }),
    ...(server !== undefined && { serverAddress: server }),
    ...(listenHost !== undefined && { listenHost }),
    ...(policy !== undefined && { policy }),
  };
}

function orNone<T>(parse: Parser<T>): Parser<T | None> {
  return (raw) => (raw === NONE ? { ok: true, value: NONE } : parse(raw));
}

function hostPortText(raw: string): string {
  return formatHostPort(parsed(hostPort(1))(raw));
}
