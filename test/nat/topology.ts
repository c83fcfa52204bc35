import { runProgram } from '../support/program.ts';
import { makeNamespaces, mustWithin } from './namespaces.ts';
import type { Namespaces } from './namespaces.ts';

/**
 * The laboratory's internet, in addresses that RFC 5737 and RFC 3849 reserve for documentation:
 *
 *     relay  open  firewalled  six        home          helped         site
 *       |      |       |        |          |              |              |
 *     --+------+-------+--------+--- net --+--------------+--------------+----
 *                                          |              |              |
 *                                      home-client   helped-client   server, neighbour, shut
 *
 * `home`, `helped` and `site` are routers that masquerade; the last two have the FTP helper on port 21.
 * `firewalled` and `shut` let nobody in.
 */
export interface Laboratory {
  /** `ip netns exec …`, to be put before a command that is to run at that place. */
  within(place: Place): readonly string[];
  /** Ends every process in the laboratory and removes it. Idempotent. */
  remove(): Promise<void>;
}

/** Names of the namespaces. */
const NAMESPACES = [
  'net',
  'relay',
  'open',
  'firewalled',
  'six',
  'home',
  'home-client',
  'helped',
  'helped-client',
  'site',
  'server',
  'neighbour',
  'shut',
] as const;

/** A machine's place in the laboratory. */
export type Place = (typeof NAMESPACES)[number];

/** The relay's public addresses. */
export const RELAY = { ipv4: '198.51.100.1', ipv6: '2001:db8:1::1' } as const;
/** A public machine besides the relay, for what the laboratory proves of itself. */
export const WITNESS = '198.51.100.254';
/** The FTP server's address, which means something behind its router only. */
export const SERVER = '192.168.40.2';
/** Public addresses of clients without a router, and of the two routers that help. */
export const OPEN_CLIENT = '198.51.100.10';
export const FIREWALLED_CLIENT = '198.51.100.11';
export const HELPED_ROUTER = '198.51.100.30';
export const SITE_ROUTER = '198.51.100.40';
/** Addresses of the clients behind the router that does not help and behind one that does. */
export const HOME_CLIENT = '192.168.20.2';
export const HELPED_CLIENT = '192.168.30.2';
/**
 * After so many seconds of silence the routers forget a connection. Far below the two hours after which
 * RFC 5382 allows it, above the thirty seconds after which relay and agent speak up on an idle connection.
 */
export const NAT_FORGETS_AFTER_S = 35;

const PUBLIC: Partial<Record<Place, string>> = {
  relay: RELAY.ipv4,
  open: OPEN_CLIENT,
  firewalled: FIREWALLED_CLIENT,
  home: '198.51.100.20',
  helped: HELPED_ROUTER,
  site: SITE_ROUTER,
};
const PUBLIC_IPV6: Partial<Record<Place, string>> = { relay: RELAY.ipv6, six: '2001:db8:1::6' };
/** Router → the /24 it is the .1 of, and who lives there. */
const LANS: Partial<Record<Place, { readonly net: string; readonly members: readonly Place[] }>> = {
  home: { net: '192.168.20', members: ['home-client'] },
  helped: { net: '192.168.30', members: ['helped-client'] },
  site: { net: '192.168.40', members: ['server', 'neighbour', 'shut'] },
};
const WITH_HELPER: ReadonlySet<Place> = new Set(['helped', 'site']);

/** Lets answers in and nothing else, without a word to who tries. */
const FIREWALL = `table ip firewall {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    iif lo accept
  }
}`;
const HELPER = `table ip helper {
  ct helper ftp-21 {
    type "ftp" protocol tcp;
    l3proto ip;
  }
  chain prerouting {
    type filter hook prerouting priority -150;
    iifname "lan" tcp dport 21 ct helper set "ftp-21"
  }
}`;
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
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    iifname "lan" accept
    iif lo accept
  }
}`;

/** Builds the laboratory. @throws Error with what the system said; then nothing of it is left. */
export async function buildLaboratory(): Promise<Laboratory> {
  const namespaces = await makeNamespaces(NAMESPACES);
  await loadNatHelper();
  try {
    await joinInternet(namespaces);
    for (const place of Object.keys(LANS) as Place[]) await makeRouter(namespaces, place);
    for (const place of ['firewalled', 'shut'] as const) {
      await mustWithin(namespaces.within(place), ['nft', '-f', '-'], FIREWALL);
    }
  } catch (error) {
    await namespaces.remove();
    throw error;
  }
  return namespaces;
}

/** A rule loads the half that reads PORT, but not the half that rewrites it; some kernels have both built in. */
async function loadNatHelper(): Promise<void> {
  await runProgram('modprobe', ['-q', 'nf_nat_ftp']).catch(() => undefined);
}

async function joinInternet(namespaces: Namespaces): Promise<void> {
  const lines = ['link set lo up', 'link add net type bridge', 'link set net up'];
  lines.push(`addr add ${WITNESS}/24 dev net`);
  await batch(namespaces, 'net', lines);
  for (const place of new Set([...Object.keys(PUBLIC), ...Object.keys(PUBLIC_IPV6)] as Place[])) {
    const [ipv4, ipv6] = [PUBLIC[place], PUBLIC_IPV6[place]];
    await batch(namespaces, place, [
      'link set lo up',
      ...cable(namespaces, 'wan', 'net', place),
      ...(ipv4 === undefined ? [] : [`addr add ${ipv4}/24 dev wan`]),
      // Without nodad the address is not usable for a second.
      ...(ipv6 === undefined ? [] : [`addr add ${ipv6}/64 dev wan nodad`]),
      'link set wan up',
    ]);
    await plugIn(namespaces, 'net', place);
  }
}

async function makeRouter(namespaces: Namespaces, router: Place): Promise<void> {
  const { net, members } = LANS[router] ?? { net: '', members: [] };
  const lan = ['link add lan type bridge', `addr add ${net}.1/24 dev lan`, 'link set lan up'];
  await batch(namespaces, router, lan);
  for (const [index, member] of members.entries()) {
    await batch(namespaces, member, [
      'link set lo up',
      ...cable(namespaces, 'eth', router, member),
      `addr add ${net}.${index + 2}/24 dev eth`,
      'link set eth up',
      `route add default via ${net}.1`,
    ]);
    await plugIn(namespaces, router, member);
  }
  const within = namespaces.within(router);
  const rules = WITH_HELPER.has(router) ? `${HELPER}\n${ROUTER}` : ROUTER;
  await mustWithin(within, ['nft', '-f', '-'], rules);
  // The settings are there as soon as a rule asks for connection tracking.
  const settings = [
    'net.ipv4.ip_forward=1',
    `net.netfilter.nf_conntrack_tcp_timeout_established=${NAT_FORGETS_AFTER_S}`,
    // What was forgotten is not taken up again when it goes on.
    'net.netfilter.nf_conntrack_tcp_loose=0',
  ];
  await mustWithin(within, ['sysctl', '-q', ...settings]);
}

/** Interfaces appear in the namespaces from the start, never in the machine's own. */
function cable(namespaces: Namespaces, own: string, hub: Place, place: Place): string[] {
  const peer = portOf(place);
  return [`link add ${own} type veth peer name ${peer} netns ${namespaces.within(hub).at(-1)}`];
}

function plugIn(namespaces: Namespaces, hub: Place, place: Place): Promise<void> {
  const bridge = hub === 'net' ? 'net' : 'lan';
  return batch(namespaces, hub, [`link set ${portOf(place)} master ${bridge} up`]);
}

/** Linux takes 15 characters. */
function portOf(place: Place): string {
  return `to-${place}`.slice(0, 15);
}

async function batch(
  namespaces: Namespaces,
  place: Place,
  lines: readonly string[],
): Promise<void> {
  const own = ['ip', '-batch', '-'];
  await mustWithin(namespaces.within(place), own, `${lines.join('\n')}\n`);
}
