import { makeNamespaces, mustWithin } from '../nat/namespaces.ts';
import type { Namespaces } from '../nat/namespaces.ts';

/**
 * A small internet to do harm in, with addresses that RFC 5737 reserves for documentation:
 *
 *     client   relay   middle
 *       |        |        |
 *     --+--------+--------+--- net ---+---
 *                                   router
 *                                     |
 *                                    site   (agents, FTP servers)
 *
 * `router` masquerades. Everything that passes it is between agents and their relay. `middle` is a public
 * machine where a proxy may stand.
 */
export interface Laboratory {
  /** `ip netns exec …`, to be put before a command that is to run at that place. */
  within(place: Place): readonly string[];
  /**
   * Gives the router its other public address. The kernel forgets every connection it masqueraded with the
   * address before, and what belongs to them is dropped from then on.
   */
  changeRoutersAddress(): Promise<void>;
  /** Ends every process in the laboratory and removes it. Idempotent. */
  remove(): Promise<void>;
}

const PLACES = ['net', 'client', 'relay', 'middle', 'router', 'site'] as const;

/** A machine's place in the laboratory. */
export type Place = (typeof PLACES)[number];

export const RELAY = '198.51.100.1';
export const MIDDLE = '198.51.100.3';
/** The FTP servers' address, which means something behind the router only. */
export const SITE = '192.168.40.2';
const CLIENT = '198.51.100.10';
const ROUTER_ADDRESSES = ['198.51.100.40', '198.51.100.41'] as const;
const PUBLIC: Partial<Record<Place, string>> = {
  client: CLIENT,
  relay: RELAY,
  middle: MIDDLE,
  router: ROUTER_ADDRESSES[0],
};
const ROUTER = `table ip router {
  chain postrouting {
    type nat hook postrouting priority 100;
    oifname "wan" masquerade
  }
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state invalid drop
    ct state established,related accept
    iifname "lan" accept
  }
}`;

/** Builds the laboratory. @throws Error with what the system said; then nothing of it is left. */
export async function buildLaboratory(): Promise<Laboratory> {
  const namespaces = await makeNamespaces(PLACES);
  try {
    const lines = ['link set lo up', 'link add net type bridge', 'link set net up'];
    await batch(namespaces, 'net', lines);
    for (const [place, address] of Object.entries(PUBLIC) as [Place, string][]) {
      await connectTo(namespaces, 'net', { place, own: 'wan', address });
    }
    const gateway = ['link add lan type bridge', 'addr add 192.168.40.1/24 dev lan'];
    await batch(namespaces, 'router', [...gateway, 'link set lan up']);
    await connectTo(namespaces, 'router', { place: 'site', own: 'eth', address: SITE });
    await batch(namespaces, 'site', ['route add default via 192.168.40.1']);
    await makeRouter(namespaces);
  } catch (error) {
    await namespaces.remove();
    throw error;
  }
  let [now, other]: readonly [string, string] = ROUTER_ADDRESSES;
  const changeRoutersAddress = async (): Promise<void> => {
    await batch(namespaces, 'router', [
      `addr del ${now}/24 dev wan`,
      `addr add ${other}/24 dev wan`,
    ]);
    [now, other] = [other, now];
  };
  return { ...namespaces, changeRoutersAddress };
}

async function makeRouter(namespaces: Namespaces): Promise<void> {
  const within = namespaces.within('router');
  await mustWithin(within, ['nft', '-f', '-'], ROUTER);
  // The second is there as soon as a rule asks for connection tracking. What was forgotten is not taken up
  // again when it goes on.
  const settings = ['net.ipv4.ip_forward=1', 'net.netfilter.nf_conntrack_tcp_loose=0'];
  await mustWithin(within, ['sysctl', '-q', ...settings]);
}

interface Machine {
  readonly place: Place;
  /** Name of its interface. */
  readonly own: string;
  readonly address: string;
}

async function connectTo(
  namespaces: Namespaces,
  hub: 'net' | 'router',
  { place, own, address }: Machine,
): Promise<void> {
  const peer = `to-${place}`;
  await batch(namespaces, place, [
    'link set lo up',
    // Interfaces appear in the namespaces from the start, never in the machine's own.
    `link add ${own} type veth peer name ${peer} netns ${namespaces.within(hub).at(-1)}`,
    `addr add ${address}/24 dev ${own}`,
    `link set ${own} up`,
  ]);
  const bridge = hub === 'net' ? 'net' : 'lan';
  await batch(namespaces, hub, [`link set ${peer} master ${bridge} up`]);
}

async function batch(
  namespaces: Namespaces,
  place: Place,
  lines: readonly string[],
): Promise<void> {
  const within = namespaces.within(place);
  await mustWithin(within, ['ip', '-batch', '-'], `${lines.join('\n')}\n`);
}
