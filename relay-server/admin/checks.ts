import { host as hostValue, hostPort } from '../../shared/config/values.ts';
import { GangwayError } from '../../shared/errors.ts';
import { API_LIMITS } from '../../shared/limits.ts';
import type { Tunnel } from '../store/store.ts';
import type { ListenerState } from './runtime.ts';
import type { ChangeTunnel } from './views.ts';

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** @throws GangwayError (exit code 2) for the first field that no tunnel can have. */
export function checkTunnelFields(fields: ChangeTunnel): void {
  if (fields.name !== undefined) checkTunnelName(fields.name);
  const { port, serverAddress, listenHost } = fields;
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw invalid('port-invalid', `${port} is no port`, 'Give a number from 1 to 65535.');
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

/** @throws GangwayError `tunnel-name-invalid`. */
export function checkTunnelName(name: string): void {
  if (NAME.test(name)) return;
  throw invalid(
    'tunnel-name-invalid',
    `"${name.slice(0, API_LIMITS.tunnelName)}" cannot be the name of a tunnel`,
    `Use small letters, digits and dashes, beginning with a letter or digit, at most ${API_LIMITS.tunnelName} characters.`,
  );
}

function invalid(code: string, message: string, remedy: string): GangwayError {
  return new GangwayError(code, message, { remedy, exitCode: 2 });
}

/** Why a tunnel's port is not open, with the remedy; undefined if nothing is wrong. */
export function listenerError(
  listener: ListenerState,
  at: Pick<Tunnel, 'port' | 'listenHost'>,
): GangwayError | undefined {
  if (listener.state !== 'failed') return undefined;
  const { port, listenHost } = at;
  if (listener.code === 'EADDRINUSE') {
    return new GangwayError('port-in-use', `port ${port} is in use on the relay's machine`, {
      remedy: `Choose another port, or stop the program that has it (\`ss -ltnp 'sport = :${port}'\` names it; the relay's own HTTP and passive ports count too).`,
    });
  }
  if (listener.code === 'EACCES') {
    return new GangwayError('port-not-permitted', `the relay may not open port ${port}`, {
      remedy:
        'Choose a port from 1024, or allow lower ones: AmbientCapabilities=CAP_NET_BIND_SERVICE in its systemd unit.',
    });
  }
  if (listener.code === 'EADDRNOTAVAIL') {
    return new GangwayError(
      'listen-host-unavailable',
      `${listenHost} is no address of the relay's machine`,
      {
        remedy: 'Listen on one of its own addresses, or on :: for all of them.',
      },
    );
  }
  return new GangwayError('port-unusable', `port ${port} cannot be opened: ${listener.reason}`);
}
