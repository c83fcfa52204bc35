import { GangwayError } from '../../shared/errors.ts';
import type { AgentLink } from '../agents/agent-link.ts';
import type { StartDoctor } from '../views/doctor.ts';
import { checkAddresses } from './address-checks.ts';
import { checkCertificate } from './certificate-check.ts';
import { failed, type CheckBook } from './check.ts';
import { checkClock } from './clock-check.ts';
import type { DoctorGround, Patient } from './ground.ts';
import { OutsideView } from './outside-view.ts';
import { checkPassivePorts, checkPublicPorts } from './port-checks.ts';
import { checkServer } from './server-checks.ts';
import { checkThrough } from './through-checks.ts';

/** Makes every check there is to make on a tunnel. Checks that could not be made are left out. */
export async function examine(
  book: CheckBook,
  ground: DoctorGround,
  patient: Patient,
  account: StartDoctor['account'],
): Promise<void> {
  const { tunnel, agent } = patient;
  if (agent === undefined) {
    const remedy =
      'Start the agent beside the FTP server, and look at its log for why it does not reach the relay.';
    await book.make('server-answers', 'Looked for an agent of the tunnel.', async () =>
      failed(`${patient.whyOffline}.`, remedy),
    );
    return;
  }
  const view = new OutsideView(ground, tunnel, agent);
  const [isLetIn] = await Promise.all([
    checkServer(book, agent, tunnel, account),
    lookFromOutside(book, ground, view, patient),
  ]);
  // A password that is wrong is not tried again: that would look like an attack.
  if (account !== undefined && !isLetIn) return;
  // Last, as it would take the places of connections that are looked at.
  await checkThrough(book, {
    tunnel,
    agent,
    account,
    name: view.name,
    address: await addressOf(view),
    passive: ground.passivePorts.bounds,
  });
}

async function lookFromOutside(
  book: CheckBook,
  ground: DoctorGround,
  view: OutsideView,
  patient: Patient,
): Promise<void> {
  if (!view.agent.can('probe')) {
    await book.make('public-address', 'Asked the agent to look from outside.', async () =>
      tooOld(view.agent),
    );
    return;
  }
  await Promise.all([
    checkAddresses(book, view),
    checkPublicPorts(book, view, patient),
    checkPassivePorts(book, view, ground.passivePorts),
    checkCertificate(book, view),
    checkClock(book, view),
  ]);
}

function tooOld({ identity: { name, version } }: AgentLink): ReturnType<typeof failed> {
  return {
    result: 'skipped',
    saw: `Agent ${name} is of version ${version}, which cannot look from outside.`,
    remedy:
      'Install the version of the relay beside the FTP server, too, and start the agent anew.',
  };
}

async function addressOf(view: OutsideView): Promise<string | undefined> {
  if (!view.isName) return view.name;
  try {
    return await view.address();
  } catch (error) {
    if (error instanceof GangwayError) return undefined;
    throw error;
  }
}
