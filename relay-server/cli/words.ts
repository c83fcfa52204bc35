import { formatByteRate, formatDuration } from '../../shared/config/values.ts';
import { printable } from '../../shared/log.ts';
import type { AgentView, CertificateView, RelayStatus, TunnelView } from '../views/tunnels.ts';
import type { TunnelPolicy } from '../policy.ts';
import { isLineDown, lineText, linesText } from './line-words.ts';
import { facts, moment, table } from './table.ts';

/** What administration shows, as text for people. */

export function tunnelTable(tunnels: readonly TunnelView[]): string {
  if (tunnels.length === 0) return 'No tunnels yet; `gangway tunnel create NAME` makes one.';
  const rows = tunnels.map((tunnel) => [
    tunnel.name,
    tunnel.publicAddress,
    tunnel.serverAddress ?? '-',
    listening(tunnel),
    agentCount(tunnel.agents),
    linesText(tunnel.agents),
    tunnel.live === null ? '-' : String(tunnel.live.sessions),
  ]);
  return table(['NAME', 'ADDRESS', 'FTP SERVER', 'STATE', 'AGENTS', 'LINE', 'SESSIONS'], rows);
}

export function tunnelFacts(tunnel: TunnelView): string {
  const text = facts([
    ['name', tunnel.name],
    ['id', tunnel.id],
    ['address', tunnel.publicAddress],
    ...(tunnel.implicitAddress === null
      ? []
      : [['implicit FTPS', tunnel.implicitAddress] as const]),
    ['listens on', listensOn(tunnel)],
    ...(tunnel.shared ? [['chosen by', chosenBy(tunnel)] as const] : []),
    ['FTP server', tunnel.serverAddress ?? 'as the agent is told'],
    ['state', listening(tunnel)],
    ['sessions', tunnel.live === null ? '-' : String(tunnel.live.sessions)],
    ...policyFacts(tunnel.policy),
    ['changed', `${moment(tunnel.updatedAt)} (revision ${tunnel.revision})`],
  ]);
  if (tunnel.agents.length === 0) {
    return `${text}\n\nNo agent yet; \`gangway agent-code ${tunnel.name}\` makes a code for one.`;
  }
  const rows = tunnel.agents.map((agent) => [
    agent.id,
    agent.name,
    agent.version,
    agentState(agent),
    lineText(agent),
    serverTls(agent),
    agent.address ?? '-',
    moment(agent.lastSeenAt),
  ]);
  return `${text}\n\n${table(['AGENT', 'NAME', 'VERSION', 'STATE', 'LINE', 'TLS TO THE SERVER', 'FROM', 'LAST SEEN'], rows)}`;
}

function listensOn({ listenHost, port, implicitPort, shared }: TunnelView): string {
  const ports = implicitPort === null ? `port ${port}` : `ports ${port} and ${implicitPort}`;
  return `${listenHost} ${ports}${shared ? ', which other tunnels may share' : ''}`;
}

/** How a client says on a shared port that it means this tunnel. */
function chosenBy({ name, host }: TunnelView): string {
  const user = `logging in as USER@${name}`;
  return host === null ? user : `the host ${host} (TLS or HOST), or ${user}`;
}

const DATA_SOURCE_WORDS: Readonly<Record<TunnelPolicy['dataSource'], string>> = {
  same: "from the client's address",
  'same-network': "from the client's network (/24 for IPv4, /64 for IPv6)",
  any: 'from any address',
};

const CLIENT_MODE_WORDS: Readonly<Record<TunnelPolicy['clientMode'], string>> = {
  any: 'passive or active',
  passive: 'passive only (PASV, EPSV)',
  active: 'active only (PORT, EPRT)',
};

const SERVER_MODE_WORDS: Readonly<Record<TunnelPolicy['serverMode'], string>> = {
  auto: 'as the server can',
  epsv: 'EPSV',
  pasv: 'PASV',
  active: 'active (EPRT, PORT)',
};

function policyFacts(policy: TunnelPolicy): [string, string][] {
  const { idleTimeout, loginTimeout, stallTimeout, maxSessions, maxSessionsPerAddress } = policy;
  const [login, idle, stall] = [loginTimeout, idleTimeout, stallTimeout].map(formatDuration);
  return [
    ['clients', admitted(policy)],
    ['at once', `${maxSessions} sessions, ${maxSessionsPerAddress} of one address`],
    ['files', policy.readOnly ? 'read only' : 'read and write'],
    ['time-outs', `login ${login}, idle ${idle}, stalled transfer ${stall}`],
    ['passive data', DATA_SOURCE_WORDS[policy.dataSource]],
    ['client mode', CLIENT_MODE_WORDS[policy.clientMode]],
    ['server mode', SERVER_MODE_WORDS[policy.serverMode]],
    [
      'bandwidth',
      `${perSecond(policy.bandwidth)}, a session ${perSecond(policy.sessionBandwidth)}`,
    ],
    ['server to server', policy.fxp.length === 0 ? 'no' : `with ${policy.fxp.join(', ')}`],
    ['balancers', policy.proxyFrom.length === 0 ? 'none' : policy.proxyFrom.join(', ')],
    ['PROXY header', proxyHeader(policy)],
    ['TLS, login', policy.tls],
    ['TLS, data', tlsOfData(policy)],
    ['own network', policy.lanDirect ? 'data may stay in it' : 'data goes through the relay'],
  ];
}

/** `optional, session reuse required, strict about its end`. */
function tlsOfData({ tlsData, requireSessionReuse, strictClose }: TunnelPolicy): string {
  return [
    tlsData,
    ...(requireSessionReuse ? ['session reuse required'] : []),
    ...(strictClose ? ['close_notify required'] : []),
  ].join(', ');
}

function perSecond(rate: number | null): string {
  return rate === null ? 'unlimited' : `${formatByteRate(rate)}B/s`;
}

function proxyHeader({ proxyProtocol, proxyProtocolData }: TunnelPolicy): string {
  if (proxyProtocol === 'off') return 'not sent';
  const where = proxyProtocolData ? 'control and data connections' : 'control connections';
  return `${proxyProtocol} to the FTP server on ${where}`;
}

function admitted({ allow, deny }: TunnelPolicy): string {
  const who = allow.length === 0 ? 'all addresses' : `only ${allow.join(', ')}`;
  return deny.length === 0 ? who : `${who}; not ${deny.join(', ')}`;
}

export function statusText(status: RelayStatus): string {
  const running = status.running ? `running since ${moment(status.startedAt)}` : 'not running';
  const head = facts([
    ['relay', running],
    ['version', status.version],
    ['agents connect to', status.relayUrl ?? 'unknown until the relay ran once'],
    ['sessions', String(status.sessions)],
  ]);
  const parts = [head, tunnelTable(status.tunnels)];
  if (status.certificates.length > 0) parts.push(certificateTable(status.certificates));
  return parts.join('\n\n');
}

/** With what is wrong below it. */
function certificateTable(certificates: readonly CertificateView[]): string {
  const rows = certificates.map(({ names, issuer, notAfter, source }) => [
    names.join(', '),
    source,
    issuer,
    moment(notAfter),
  ]);
  const findings = certificates.flatMap(({ finding }) =>
    finding === null ? [] : [`! ${printable(finding)}`],
  );
  return [table(['CERTIFICATE FOR', 'FROM', 'ISSUER', 'ENDS'], rows), ...findings].join('\n');
}

function listening(tunnel: TunnelView): string {
  if (tunnel.live === null) return 'relay not running';
  if (!tunnel.live.listening) return tunnel.live.problem ?? 'closed';
  const connected = tunnel.agents.filter((agent) => agent.connected);
  if (connected.length > 0) return connected.every(isLineDown) ? 'line down' : 'up';
  const since = tunnel.live.offlineSince;
  return since === null ? 'no agent yet' : `no agent since ${moment(since)}`;
}

function agentCount(agents: readonly AgentView[]): string {
  const enrolled = agents.filter((agent) => agent.revokedAt === null).length;
  const connected = agents.filter((agent) => agent.connected).length;
  return `${connected} of ${enrolled}`;
}

function agentState(agent: AgentView): string {
  if (agent.revokedAt !== null) return 'revoked';
  if (!agent.connected) return 'away';
  return isLineDown(agent) ? 'line down' : 'connected';
}

const VERIFIED_WORDS = {
  ca: 'verified',
  fingerprint: 'verified by fingerprint',
  insecure: 'not verified',
} as const;

function serverTls({ serverTls: tls }: AgentView): string {
  if (tls === null) return '-';
  return tls.verified === null ? tls.how : `${tls.how}, ${VERIFIED_WORDS[tls.verified]}`;
}
