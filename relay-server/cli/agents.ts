import type { Command } from 'commander';
import { addExamples } from '../../shared/command-line.ts';
import { administer, administers, pasteLine } from './administer.ts';

/** `gangway agent-code`, `agent-rotate` and `agent-revoke`. */
export function addAgentCommands(program: Command): void {
  addAgentCode(program);
  addAgentRotate(program);
  addAgentRevoke(program);
}

function addAgentCode(program: Command): void {
  const command = program
    .command('agent-code <TUNNEL>')
    .description('make an enrolment code for one more agent of a tunnel');
  addExamples(administers(command), 'gangway agent-code shop', 'gangway agent-code shop --json');
  command.action((name: string) =>
    administer(
      command,
      ({ admin }) => admin.agentCode(name),
      async ({ enrolmentCode }, { admin, relay }) => {
        const { serverAddress } = await admin.showTunnel(name);
        return pasteLine(admin, relay, enrolmentCode, serverAddress);
      },
    ),
  );
}

function addAgentRotate(program: Command): void {
  const command = program
    .command('agent-rotate <AGENT>')
    .description('give a connected agent another credential; the one before ends');
  administers(command).action((id: string) =>
    administer(
      command,
      async ({ admin }) => {
        await admin.rotateAgent(id);
        return { rotated: id };
      },
      () => `Agent ${id} has another credential; the one before is void.`,
    ),
  );
}

function addAgentRevoke(program: Command): void {
  const command = program
    .command('agent-revoke <AGENT>')
    .description("end an agent's access for good; `tunnel show` lists the ids");
  administers(command).action((id: string) =>
    administer(
      command,
      async ({ admin }) => {
        await admin.revokeAgent(id);
        return { revoked: id };
      },
      () => `Agent ${id} is revoked.`,
    ),
  );
}
