import { Command } from 'commander';
import { addExamples, addSettings, loadFor } from '../../shared/command-line.ts';
import { GangwayError } from '../../shared/errors.ts';
import { gangwayVersion } from '../../shared/version.ts';
import { ADMIN_SETTINGS, RELAY_SETTINGS } from '../config.ts';
import type { RelayConfig } from '../config.ts';
import { addAgentCommands } from './agents.ts';
import { addBanCommands } from './ban.ts';
import { addDoctorCommand } from './doctor.ts';
import { addStatusCommand } from './status.ts';
import { addTokenCommands } from './token.ts';
import { addTunnelCommands } from './tunnel.ts';
import { addUserCommands } from './user.ts';

/** Flags of `gangway demo`. */
export interface DemoOptions {
  /** Transfer a file both ways, print what happened, end. */
  readonly exitAfterCheck: boolean;
  /** Folder to serve instead of the samples. */
  readonly dir?: string;
}

/** What the long-running commands do; handed in so that help costs nothing. */
export interface Runners {
  relay(config: RelayConfig): Promise<void>;
  demo(options: DemoOptions): Promise<void>;
}

/** The command line of `gangway`. */
export function buildProgram(run: Runners): Command {
  const program = new Command('gangway')
    .description('A public address for an FTP server that has none.')
    .version(gangwayVersion())
    .exitOverride()
    .showHelpAfterError('(add --help for what there is)');
  addExamples(
    program,
    'gangway demo',
    'gangway relay --public-host relay.example.org',
    'gangway agent --relay https://relay.example.org:8080 --code CODE',
    'gangway tunnel create shop',
  );
  addRelay(program, run);
  addAgent(program);
  addTunnelCommands(program);
  addAgentCommands(program);
  addUserCommands(program);
  addTokenCommands(program);
  addBanCommands(program);
  addStatusCommand(program);
  addDoctorCommand(program);
  addDemo(program, run);
  return program;
}

function addRelay(program: Command, run: Runners): void {
  const command = program.command('relay').description('run the relay, on the public host');
  addExamples(
    addSettings(command, RELAY_SETTINGS),
    'gangway relay',
    'gangway relay --public-host relay.example.org --passive-ports 50000-50063',
    'gangway relay --public-host relay.example.org --acme',
    'gangway relay --tls-cert fullchain.pem --tls-key privkey.pem',
    'gangway relay --config /etc/gangway/relay.toml',
  );
  command.action(() => run.relay(loadFor(command, RELAY_SETTINGS, ADMIN_SETTINGS).config));
}

/** Only listed here: the launcher hands `agent` to the agent's own program, flags and all. */
function addAgent(program: Command): void {
  program
    .command('agent')
    .description('run the agent, beside the FTP server (gangway agent --help)')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw new GangwayError('agent-elsewhere', 'the agent is a program of its own', {
        remedy: 'Start it as `npx gangway agent …`.',
        exitCode: 2,
      });
    });
}

function addDemo(program: Command, run: Runners): void {
  const command = program
    .command('demo')
    .description('relay, agent and a small FTP server with samples, all on this machine')
    .option('--exit-after-check', 'transfer a file both ways through the public port, then end')
    .option('--dir <DIR>', 'serve this folder instead of the samples');
  addExamples(command, 'gangway demo', 'gangway demo --exit-after-check');
  command.action((flags: { exitAfterCheck?: boolean; dir?: string }) =>
    run.demo({ ...flags, exitAfterCheck: flags.exitAfterCheck === true }),
  );
}
