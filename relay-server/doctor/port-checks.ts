import { PROBE_LIMITS } from '../../shared/limits.ts';
import { DOCTOR_LIMITS } from '../watch-limits.ts';
import type { PortSeen } from '../../shared/proto/probes.ts';
import type { PassivePorts } from '../gateway/passive-ports.ts';
import { failed, ok, skipped, warning, type CheckBook, type Verdict } from './check.ts';
import { openInFirewall, portRanges } from './firewall-words.ts';
import type { Patient } from './ground.ts';
import { reasonOf, type OutsideView } from './outside-view.ts';

/** Whether clients outside get to the public ports. */
export async function checkPublicPorts(
  book: CheckBook,
  view: OutsideView,
  { tunnel, listener }: Patient,
): Promise<void> {
  const { port, implicitPort } = tunnel;
  const closed =
    listener.state === 'failed'
      ? failed(
          `The relay could not open port ${listener.port}: ${listener.reason}.`,
          `Stop the program that has it, or give the tunnel another port: \`gangway tunnel update ${tunnel.name} --port N\`.`,
        )
      : undefined;
  await Promise.all([
    book.make(
      'control-port',
      `Had the agent connect to port ${port} of ${view.name}.`,
      async () => closed ?? checkControl(view, port),
    ),
    implicitPort === null
      ? undefined
      : book.make(
          'implicit-port',
          `Had the agent begin TLS at port ${implicitPort} of ${view.name}.`,
          async () => closed ?? checkImplicit(view, implicitPort),
        ),
  ]);
}

async function checkControl(view: OutsideView, port: number): Promise<Verdict> {
  const seen = await view.control();
  if (seen.is === 'refused') return skipped(`The agent did not connect: ${seen.reason}.`);
  const { outcome, said, ms } = seen.port;
  if (outcome !== 'open') return unreached([port], outcome);
  if (seen.arrived === undefined) return elsewhere(port, said);
  const words = said === undefined ? 'nothing was said in time' : `it said "${said}"`;
  const saw = `The agent was connected within ${ms} ms, the relay saw it come, and ${words}.`;
  if (said?.startsWith('220') === true) return ok(saw);
  return warning(saw, 'See the checks of the FTP server, and whom the tunnel lets in (--allow).');
}

async function checkImplicit(view: OutsideView, port: number): Promise<Verdict> {
  const address = await view.address();
  if (address === undefined)
    return skipped(`${view.name} has no address that the agent connects to.`);
  const probe = { kind: 'tls', address, port, begins: 'implicit', name: view.name } as const;
  const [answer, arrived] = await view.arrives(port, () => view.ask(probe));
  if (answer.kind === 'refused') return skipped(`The agent did not connect: ${answer.reason}.`);
  if (answer.kind === 'tls' && arrived) {
    return ok(`The relay saw the agent come, and ${answer.protocol} was agreed on.`);
  }
  if (arrived) {
    return failed(`The agent got here, but ${reasonOf(answer)}.`, 'Look at the log of the relay.');
  }
  if (answer.kind === 'tls') return elsewhere(port, undefined);
  return failed(`Port ${port} was not reached: ${reasonOf(answer)}.`, openInFirewall(port, port));
}

function elsewhere(port: number, said: string | undefined): Verdict {
  const words = said === undefined ? '' : `: it said "${said}"`;
  return failed(
    `Port ${port} is open, but something other than this relay answers there${words}.`,
    `Correct --public-host, or the rule that forwards port ${port} in a router in front of the relay.`,
  );
}

/** Ports that nobody accepted on. */
function unreached(ports: readonly number[], outcome: PortSeen['outcome']): Verdict {
  const [from = 0, to = from] = [ports[0], ports.at(-1)];
  const which = `Port${ports.length === 1 ? '' : 's'} ${portRanges(ports)}`;
  if (outcome === 'timeout') {
    return failed(`${which}: no answer. A firewall drops what comes.`, openInFirewall(from, to));
  }
  if (outcome === 'refused') {
    return failed(
      `${which}: refused. Another machine answers there, or a firewall that refuses.`,
      `Correct --public-host, or have the router forward to the relay. ${openInFirewall(from, to)}`,
    );
  }
  return failed(
    `${which}: there is no way there.`,
    'Correct --public-host, and look whether the line of the agent reaches other places.',
  );
}

/** Whether clients outside get to each of the passive ports, and to this relay on it. */
export async function checkPassivePorts(
  book: CheckBook,
  view: OutsideView,
  passivePorts: PassivePorts,
): Promise<void> {
  const all = passivePorts.ports;
  const ports = all.slice(0, DOCTOR_LIMITS.passivePorts);
  const left = all.length - ports.length;
  const note = left === 0 ? '' : ` ${left} more were left out.`;
  const did = `Had the agent connect to ${ports.length} passive ports, ${portRanges(ports)}.${note}`;
  await book.make('passive-ports', did, async () => {
    const address = await view.address();
    if (address === undefined)
      return skipped(`${view.name} has no address that the agent connects to.`);
    const { word, stop } = passivePorts.introduce();
    try {
      const verdict = judgePorts(await lookAtAll(view, address, ports), word);
      return passivePorts.missing.length === 0 ? verdict : withMissing(verdict, passivePorts);
    } finally {
      stop();
    }
  });
}

/** Some questions at a time: half of what an agent takes, as other checks ask, too. */
async function lookAtAll(
  view: OutsideView,
  address: string,
  ports: readonly number[],
): Promise<PortSeen[] | { refused: string }> {
  const rest = [...ports];
  const seen: PortSeen[] = [];
  let refused: string | undefined;
  const work = async (): Promise<void> => {
    while (rest.length > 0 && refused === undefined) {
      const some = rest.splice(0, PROBE_LIMITS.ports);
      const answer = await view.ask({ kind: 'connect', address, ports: some });
      if (answer.kind === 'connect') seen.push(...answer.ports);
      else refused = reasonOf(answer);
    }
  };
  await Promise.all(Array.from({ length: PROBE_LIMITS.atOnce / 2 }, work));
  return refused === undefined ? seen : { refused };
}

function judgePorts(
  seen: PortSeen[] | { refused: string },
  word: (port: number) => string,
): Verdict {
  if ('refused' in seen) return skipped(`The agent did not connect: ${seen.refused}.`);
  const by = (wanted: (one: PortSeen) => boolean): number[] =>
    seen.filter(wanted).map(({ port }) => port);
  const outcomes = ['timeout', 'refused', 'unreachable'] as const;
  const bad = outcomes.flatMap((outcome) => {
    const ports = by((one) => one.outcome === outcome);
    return ports.length === 0 ? [] : [unreached(ports, outcome)];
  });
  const others = by((one) => one.outcome === 'open' && one.said !== word(one.port));
  if (others.length > 0) {
    bad.push(
      failed(
        `Ports ${portRanges(others)} are open, but something other than these ports of this relay answers.`,
        `Forward each port to the same one of the relay, and correct --public-host if it is another machine's.`,
      ),
    );
  }
  if (bad.length === 0)
    return ok(`All ${seen.length} were reached, and this relay answered on each.`);
  const reached = by((one) => one.outcome === 'open' && one.said === word(one.port)).length;
  return failed(
    `${reached} of ${seen.length} were reached. ${bad.map(({ saw }) => saw).join(' ')}`,
    [...new Set(bad.map(({ remedy = '' }) => remedy))].join(' '),
  );
}

/** Ports of the range that the relay itself could not have. */
function withMissing(verdict: Verdict, { missing, bounds }: PassivePorts): Verdict {
  if (verdict.result !== 'ok') return verdict;
  return warning(
    `${verdict.saw} Of ${bounds.from}-${bounds.to} the relay could not open ${portRanges(missing)}: other programs have them.`,
    'Restart the relay when they are free, or give it another range with --passive-ports A-B.',
  );
}
