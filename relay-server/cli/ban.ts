import { Option, type Command } from 'commander';
import { addExamples } from '../../shared/command-line.ts';
import { duration } from '../../shared/config/values.ts';
import type { BanView } from '../views/access.ts';
import { administer, administers } from './administer.ts';
import { parsed } from './parsed.ts';
import { moment, table } from './table.ts';

/** `gangway ban add`, `list` and `remove`. */
export function addBanCommands(program: Command): void {
  const ban = program.command('ban').description('who may not come');
  addList(ban);
  addAdd(ban);
  addRemove(ban);
}

function addList(ban: Command): void {
  const command = ban.command('list').description('bans in force');
  administers(command).action(() =>
    administer(
      command,
      async ({ admin }) => ({ bans: await admin.bans.list() }),
      ({ bans }) => banTable(bans),
    ),
  );
}

function addAdd(ban: Command): void {
  const command = ban
    .command('add <NETWORK>')
    .description('ban an address or a network in CIDR notation')
    .requiredOption('--reason <TEXT>', 'why, for whoever looks at the list')
    .option('--tunnel <NAME>', 'from this tunnel only')
    .addOption(
      new Option('--for <TIME>', 'how long: 10m, 2h, 720h (default: for ever)').argParser(
        parsed(duration),
      ),
    )
    .option('--force', 'also if the network has the address of whoever bans it');
  addExamples(
    administers(command),
    'gangway ban add 203.0.113.7 --reason "tries passwords"',
    'gangway ban add 203.0.113.0/24 --reason scanner --for 720h --tunnel shop',
  );
  command.action((network: string) => {
    const {
      reason,
      tunnel,
      for: time,
      force = false,
    } = command.opts<{
      reason: string;
      tunnel?: string;
      for?: number;
      force?: boolean;
    }>();
    const until = time === undefined ? null : Date.now() + time;
    const wanted = { network, reason, tunnel: tunnel ?? null, until, ...(force && { force }) };
    return administer(
      command,
      async ({ admin }) => ({ ban: await admin.bans.add(wanted) }),
      ({ ban: made }) => words(made),
    );
  });
}

function addRemove(ban: Command): void {
  const command = ban.command('remove <ID>').description('lift a ban; `ban list` shows the ids');
  administers(command).action((id: string) =>
    administer(
      command,
      async ({ admin }) => {
        await admin.bans.remove(id);
        return { lifted: id };
      },
      () => `Ban ${id} is lifted.`,
    ),
  );
}

function words({ network, until }: BanView): string {
  return `${network} is banned${until === null ? '' : ` until ${moment(until)}`}.`;
}

function banTable(bans: readonly BanView[]): string {
  if (bans.length === 0) return 'Nobody is banned.';
  const rows = bans.map(({ id, network, tunnel, reason, automatic, until }) => [
    network,
    tunnel ?? 'all',
    until === null ? 'for ever' : moment(until),
    automatic ? 'by itself' : 'by hand',
    reason,
    id,
  ]);
  return table(['NETWORK', 'TUNNEL', 'UNTIL', 'MADE', 'REASON', 'ID'], rows);
}
