import { host as hostValue, hostPort } from '../../shared/config/values.ts';
import type { Parser } from '../../shared/config.ts';
import { GangwayError } from '../../shared/errors.ts';
import { API_LIMITS } from '../limits.ts';
import { PortError } from '../store/ports.ts';
import type { Tunnel } from '../store/store.ts';
import type { ListenerState } from './runtime.ts';
import type { ChangeTunnel } from '../views/tunnels.ts';

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** @throws GangwayError (exit code 2) for the first field that no tunnel can have. */
export function checkTunnelFields(fields: ChangeTunnel): void {
  if (fields.name !== undefined) checkTunnelName(fields.name);
  const { port, implicitPort, host, serverAddress, listenHost } = fields;
  for (const each of [port, implicitPort]) {
    if (each === undefined || each === null) continue;
    if (Number.isInteger(each) && each >= 1 && each <= 65_535) continue;
    throw invalid('port-invalid', `${each} is no port`, 'Give a number from 1 to 65535.');
  }
  if (host !== undefined && host !== null) {
    const parsed = tunnelHost(host);
    if (!parsed.ok)
      throw invalid('tunnel-host-invalid', `${host} ${parsed.problem}`, parsed.remedy);
  }
  if (serverAddress !== undefined && serverAddress !== null) {
    const parsed = hostPort(1)(serverAddress);
    if (!parsed.ok) {
      throw invalid('server-address-invalid', `${serverAddress} ${parsed.problem}`, parsed.remedy);
    }
  }
  if (listenHost !== undefined) {
    const parsed = hostValue(listenHost);
    if (!parsed.ok)
      throw invalid('listen-host-invalid', `${listenHost} ${parsed.problem}`, parsed.remedy);
  }
}

/** Two labels at least: one alone could be the name of another tunnel. */
const DNS_NAME =
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/;

/** A tunnel's DNS name, by which clients choose it; capitals become small letters. */
export const tunnelHost: Parser<string> = (raw) => {
  const value = raw.toLowerCase();
  const numbersOnly = /^[\d.]+$/.test(value);
  if (DNS_NAME.test(value) && !numbersOnly) return { ok: true, value };
  return {
    ok: false,
    problem: 'is not a DNS name',
    remedy: 'Give a name with a dot in it, like shop.ftp.example.org.',
  };
};

/** @throws GangwayError `tunnel-name-invalid`. */
export function checkTunnelName(name: string): void {
  if (NAME.test(name)) return;
  throw invalid(
    'tunnel-name-invalid',
    `"${name.slice(0, API_LIMITS.tunnelName)}" cannot be the name of a tunnel`,
    `Use small letters, digits and dashes, beginning with a letter or digit, at most ${API_LIMITS.tunnelName} characters.`,
  );
}

/** Nothing can be done with a tunnel of that name. */
export function unknownTunnel(name: string): GangwayError {
  return new GangwayError('tunnel-unknown', `there is no tunnel named ${name.slice(0, 64)}`, {
    remedy: '`gangway tunnel list` shows the tunnels there are.',
  });
}

function invalid(code: string, message: string, remedy: string): GangwayError {
  return new GangwayError(code, message, { remedy, exitCode: 2 });
}

/** Why a port of a tunnel is not open, with the remedy; undefined if nothing is wrong. */
export function listenerError(
  listener: ListenerState,
  { listenHost }: Pick<Tunnel, 'listenHost'>,
): PortError | undefined {
  if (listener.state !== 'failed') return undefined;
  const { port } = listener;
  const wrong = (code: string, message: string, remedy?: string): PortError =>
    new PortError(port, code, message, remedy);
  switch (listener.code) {
    case 'EADDRINUSE':
      return wrong(
        'port-in-use',
        `port ${port} is in use on the relay's machine`,
        `Choose another port, or stop the program that has it (\`ss -ltnp 'sport = :${port}'\` names it; the relay's own HTTP and passive ports count too).`,
      );
    case 'EACCES':
      return wrong(
        'port-not-permitted',
        `the relay may not open port ${port}`,
        'Choose a port from 1024, or allow lower ones: AmbientCapabilities=CAP_NET_BIND_SERVICE in its systemd unit.',
      );
    case 'EADDRNOTAVAIL':
      return wrong(
        'listen-host-unavailable',
        `${listenHost} is no address of the relay's machine`,
        'Listen on one of its own addresses, or on :: for all of them.',
      );
    default:
      return wrong('port-unusable', `port ${port} cannot be opened: ${listener.reason}`);
  }
}
