import { lookup } from 'node:dns/promises';
import { canonicalAddress, isPrivateAddress } from '../../shared/net/address.ts';
import { failed, ok, skipped, warning, type CheckBook, type Verdict } from './check.ts';
import type { OutsideView } from './outside-view.ts';

/** Whether clients are told an address that leads here, and whether the name does. */
export async function checkAddresses(book: CheckBook, view: OutsideView): Promise<void> {
  const did = `Had the agent connect to ${view.name}, and compared with what the relay tells passive clients.`;
  await Promise.all([
    book.make('public-address', did, async () => {
      const ipv4 = await checkPublicAddress(view);
      return ipv4.result === 'ok' ? checkPublicIpv6(view, ipv4) : ipv4;
    }),
    book.make('dns-name', `Had the agent look ${view.name} up.`, () => checkName(view)),
  ]);
}

async function checkPublicAddress(view: OutsideView): Promise<Verdict> {
  const control = await view.control();
  const addresses = await view.addresses();
  const { relayAddress } = view.agent;
  const arrived = control.is === 'seen' ? control.arrived : undefined;
  const told = view.told(arrived);
  if (told === undefined) return skipped('the relay has no IPv4 address; IPv6 clients need none');
  const right = relayAddress ?? addresses.find((one) => one !== told);
  const remedy =
    right === undefined || right === told
      ? 'Start the relay with --public-host and the name or IPv4 address that clients outside reach it by.'
      : `Start the relay with --public-host ${right}, or with a name that leads there.`;
  const isReached = arrived !== undefined && addresses.includes(told);
  if (isReached)
    return ok(`Passive clients are told ${told}, and there the agent reached this relay.`);
  const saw = `Passive clients are told ${told}`;
  if (relayAddress === told) {
    return warning(
      `${saw}, where the relay answers the agent, but the public port was not reached there.`,
      'See the check of the public port.',
    );
  }
  const elsewhere =
    relayAddress === undefined ? '' : ` The relay answers the agent at ${relayAddress}.`;
  if (isPrivateAddress(told)) {
    return failed(`${saw}, which only a network of its own can reach.${elsewhere}`, remedy);
  }
  if (arrived !== undefined) {
    return failed(`${saw}, but ${view.name} is ${addresses.join(', ')}.`, remedy);
  }
  return failed(`${saw}, and this relay was not reached there.${elsewhere}`, remedy);
}

/** What `--public-ipv6` says, once all is well with IPv4. */
async function checkPublicIpv6(view: OutsideView, ipv4: Verdict): Promise<Verdict> {
  const { publicIpv6: address, name, tunnel } = view;
  if (address === undefined) return ipv4;
  if (view.isName && !(await view.addresses()).includes(address)) {
    return warning(
      `${ipv4.saw} IPv6 clients are told ${address}, which ${name} does not lead to.`,
      `Give ${name} an AAAA record with ${address}, or correct --public-ipv6.`,
    );
  }
  const seen = await view.look(address, tunnel.port);
  if (seen.is === 'refused') return ok(`${ipv4.saw} ${address} was not looked at: ${seen.reason}.`);
  if (seen.arrived !== undefined) return ok(`${ipv4.saw} So it is with ${address}.`);
  if (seen.port.outcome === 'unreachable') {
    return ok(`${ipv4.saw} ${address} was not looked at, as the agent has no IPv6.`);
  }
  return failed(
    `${ipv4.saw} But at ${address} it did not reach it (${seen.port.outcome}).`,
    `Correct --public-ipv6, or let TCP port ${tunnel.port} in for IPv6, too.`,
  );
}

async function checkName(view: OutsideView): Promise<Verdict> {
  const { name } = view;
  if (!view.isName) return skipped('clients are given an address and no name');
  const seen = await view.addresses();
  const own = await lookup(name, { all: true }).catch(() => []);
  const known = own.map(({ address }) => canonicalAddress(address));
  const { relayAddress } = view.agent;
  const record = `Give ${name} an A record (IPv6: AAAA) with the relay's public address${relayAddress === undefined ? '' : `, which is ${relayAddress} for the agent`}.`;
  if (seen.length === 0) {
    const here =
      known.length === 0 ? 'and none at the relay' : `at the relay it is ${known.join(', ')}`;
    return failed(`${name} has no public address at the agent; ${here}.`, record);
  }
  const saw = `${name} is ${seen.join(', ')}`;
  const isSame = seen.some((one) => known.includes(one));
  if (known.length > 0 && !isSame) {
    return warning(
      `${saw} at the agent and ${known.join(', ')} at the relay.`,
      `${record} If it was changed lately, wait until the old one is forgotten everywhere.`,
    );
  }
  return ok(`${saw}.`);
}
