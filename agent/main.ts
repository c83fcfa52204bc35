import { enableCompileCache } from 'node:module';

// Before everything else is loaded, or it would not be cached.
enableCompileCache();

const { Command } = await import('commander');
const { addExamples, addSettings, loadFor, runProgram } = await import('../shared/command-line.ts');
const { gangwayVersion } = await import('../shared/version.ts');
const { AGENT_SETTINGS } = await import('./config.ts');

const program = addSettings(
  new Command('gangway agent')
    .description('Run the agent, beside the FTP server. It makes outgoing connections only.')
    .version(gangwayVersion())
    .exitOverride()
    .showHelpAfterError('(add --help for what there is)'),
  AGENT_SETTINGS,
);
addExamples(
  program,
  'gangway agent --relay https://relay.example.org:8080 --code CODE',
  'gangway agent --relay https://relay.example.org:8080 --server 192.168.1.20:21',
);
program.action(async () => {
  const { config } = loadFor(program, AGENT_SETTINGS);
  await (await import('./run.ts')).runAgent(config);
});

process.exitCode = await runProgram(program, process.argv.slice(2));
