import type { Logger } from '../shared/log.ts';
import { formatHostPort } from '../shared/config/values.ts';
import type { CertificateView } from './views/tunnels.ts';
import type { FirstAdmin } from './first-admin.ts';
import type { RelayConfig } from './config.ts';
import type { Relay } from './relay.ts';

/**
 * Says that the relay is ready: a log line for programs on stdout, and on stderr the text for the
 * person who started it, where the enrolment code may stand in clear.
 */
export function announce(relay: Relay, config: RelayConfig, logger: Logger): void {
  // First, as whoever waits for the log line may stop the relay, and the password is said only now.
  process.stderr.write(`${announcement(relay, config).join('\n')}\n`);
  const { from, to } = config.passivePorts;
  logger.info({
    event: 'ready',
    http: relay.url,
    local: relay.localUrl,
    publicHost: relay.publicHost.name,
    tunnels: relay.publicAddresses,
    passivePorts: `${from}-${to}`,
    pid: process.pid,
  });
}

/** What clients with TLS see; those who are asked whether to trust it can compare. */
function certificateLines({ names, source, fingerprint }: CertificateView): string[] {
  const isOwn = source === 'self-signed';
  const whose = isOwn ? "the relay's own" : `from ${source}`;
  const digest = fingerprint.toUpperCase().match(/../g)?.join(':') ?? '';
  return [
    `  certificate    for ${names.join(', ')}, ${whose}`,
    `                 SHA-256 ${digest}`,
  ];
}

/** How to get into the dashboard the first time. */
function adminLines({ name, password, mustChange }: FirstAdmin): string[] {
  const which = password ?? 'as given by GANGWAY_ADMIN_PASSWORD or --admin-password';
  const shown = password === undefined ? '' : ' (shown only now)';
  return [
    `  user           ${name}`,
    `  password       ${which}${shown}`,
    ...(mustChange ? ['                 to be changed at the first login'] : []),
  ];
}

function announcement(relay: Relay, config: RelayConfig): string[] {
  const { from, to } = config.passivePorts;
  const lines = [
    'ready',
    `  dashboard      ${relay.url}/`,
    ...(relay.firstAdmin === undefined ? [] : adminLines(relay.firstAdmin)),
    ...relay.publicAddresses.map(({ name, address }) => `  ${name.padEnd(13)}  ${address}`),
    `  passive ports  ${from}-${to} (open them in this machine's firewall)`,
    ...relay.certificates.flatMap(certificateLines),
  ];
  if (config.publicIpv6 !== undefined) {
    lines.push(`  IPv6           ${formatHostPort({ host: config.publicIpv6, port: 21 })}`);
  }
  if (relay.publicHost.doubtful) {
    lines.push(
      `  ${relay.publicHost.name} is an address of a private network: if clients come from outside,`,
      '  start the relay with --public-host NAME-OR-IP.',
    );
  }
  if (relay.pin !== undefined) {
    lines.push(
      "  The certificate is the relay's own: agents know it by their code, browsers and FTP clients ask.",
      '  --acme or --tls-cert and --tls-key give it one that they know.',
    );
  }
  const first = relay.firstTunnel;
  if (first !== undefined) {
    lines.push(
      '',
      'Paste this beside the FTP server (the code is good for one agent):',
      '',
      `  npx gangway agent --relay ${relay.url} --code ${first.enrolmentCode} --server 127.0.0.1:21`,
      '',
    );
  }
  return lines;
}
