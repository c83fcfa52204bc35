import { enableCompileCache } from 'node:module';

// Before everything else is loaded, or it would not be cached.
enableCompileCache();

const { runProgram } = await import('../shared/command-line.ts');
const { buildProgram } = await import('./cli/program.ts');

const program = buildProgram({
  relay: async (config) => (await import('./run.ts')).runRelay(config),
  demo: async (options) => (await import('./demo/demo.ts')).runDemo(options),
});

process.exitCode = await runProgram(program, process.argv.slice(2));
