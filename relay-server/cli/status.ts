import type { Command } from 'commander';
import { addExamples } from '../../shared/command-line.ts';
import { administer, administers } from './administer.ts';
import { statusText } from './words.ts';

/** `gangway status`. */
export function addStatusCommand(program: Command): void {
  const command = program.command('status').description('show what is up');
  addExamples(administers(command), 'gangway status', 'gangway status --json');
  command.action(() => administer(command, ({ admin }) => admin.status(), statusText));
}
