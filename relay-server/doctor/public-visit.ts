import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  formatEprtArgument,
  formatPortArgument,
  parseEpsvReply,
  parsePasvReply,
  type HostPort,
} from '../../shared/ftp/address.ts';
import { PROBE_LIMITS } from '../../shared/limits.ts';
import { canonicalAddress, familyOf } from '../../shared/net/address.ts';
import type { AgentLink } from '../agents/agent-link.ts';
import type { Tunnel } from '../store/store.ts';
import { ChannelDuplex } from './channel-duplex.ts';
import { FtpClient, FtpFault, wordsOf, type Account } from './ftp-client.ts';
import type { AgreedData, DataWay } from './transfers.ts';

/** Connects to a public port of the relay. Fails when it is used, at the latest. */
export type Dial = (at: HostPort) => Promise<Duplex>;

/** From this machine. */
export function dialFromHere(signal: AbortSignal): Dial {
  return async (at) => {
    const socket = connect({ ...at, noDelay: true });
    socket.on('error', () => {});
    const late = AbortSignal.any([signal, AbortSignal.timeout(PROBE_LIMITS.connect)]);
    try {
      await once(socket, 'connect', { signal: late });
    } catch (error) {
      socket.destroy();
      throw late.aborted ? new FtpFault('no answer in time', { cause: error }) : error;
    }
    return socket;
  };
}

/** From where the agent is. */
export function dialFromAgent(agent: AgentLink): Dial {
  return (at) => Promise.resolve(new ChannelDuplex(agent.openOutside(at, () => {})));
}

/** Comes to the public port as any client does, and logs in. @throws FtpFault */
export async function enterTunnel(
  control: Duplex,
  { tunnel, name, account }: { tunnel: Tunnel; name: string; account: Account },
  signal: AbortSignal,
): Promise<FtpClient> {
  const client = new FtpClient(control, signal);
  try {
    await client.greeting();
    const { tls, tlsData } = tunnel.policy;
    if (tls === 'required' || (tls === 'optional' && tlsData === 'required')) {
      await client.secure(name);
    }
    // At a port that tunnels share.
    const user = tunnel.shared ? `${account.user}@${tunnel.name}` : account.user;
    await client.login({ user, password: account.password });
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

/** Passive data connections: to the address that PASV names, so that a wrong one is noticed. */
export function passiveWay(at: HostPort, dial: Dial): DataWay {
  return async (client) => {
    const target = await (familyOf(at.host) === 4 ? pasv(client) : epsv(client, at.host));
    const data = await dial(target).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new FtpFault(`${target.host} port ${target.port}: ${why}`, {
        cause: error,
        isData: true,
      });
    });
    return { data: Promise.resolve(data), giveUp: () => void data.destroy() };
  };
}

async function pasv(client: FtpClient): Promise<HostPort> {
  const reply = await client.demand('PASV');
  const target = parsePasvReply(reply);
  if (target !== undefined) return target;
  throw new FtpFault(`PASV was answered ${wordsOf(reply)}`, { reply });
}

async function epsv(client: FtpClient, host: string): Promise<HostPort> {
  const reply = await client.demand('EPSV');
  const port = parseEpsvReply(reply);
  if (port !== undefined) return { host, port };
  throw new FtpFault(`EPSV was answered ${wordsOf(reply)}`, { reply });
}

/** Active data connections to this machine, at its address on the control connection. */
export function activeWay(control: Socket): DataWay {
  return async (client): Promise<AgreedData> => {
    const host = canonicalAddress(control.localAddress ?? '');
    const listener = createServer({ allowHalfOpen: true });
    const data = new Promise<Duplex>((resolve) => {
      listener.once('connection', (socket) => {
        socket.on('error', () => {});
        resolve(socket);
      });
    });
    listener.listen(0, host);
    await once(listener, 'listening');
    const at = { host, port: (listener.address() as AddressInfo).port };
    const giveUp = (): void => void listener.close();
    try {
      await (familyOf(host) === 4
        ? client.demand('PORT', formatPortArgument(at))
        : client.demand('EPRT', formatEprtArgument(at)));
    } catch (error) {
      giveUp();
      throw error;
    }
    return { data, giveUp };
  };
}
