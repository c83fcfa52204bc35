import { once } from 'node:events';
import { connect, TLSSocket, type SecureVersion } from 'node:tls';
import { SocketChannel } from '../../shared/net/socket-channel.ts';
import { testAuthority } from './certificates.ts';
import { tcpPair } from './tcp-pair.ts';
import { contextOf } from './tls-script.ts';

const issued = await (await testAuthority()).issue({ names: ['ftp.test'] });

/** A channel under TLS, and its peer, which resets as a TCP socket does. */
export interface TlsPair {
  readonly channel: SocketChannel;
  readonly peer: TLSSocket;
}

/** A connection on loopback under TLS, with the channel at its client's or its server's end. */
export async function tlsPair(ours: 'client' | 'server', version: SecureVersion): Promise<TlsPair> {
  const { accepted, dialled } = await tcpPair();
  const secureContext = contextOf(issued, version);
  const server = new TLSSocket(accepted, { isServer: true, secureContext });
  const client = connect({ socket: dialled, rejectUnauthorized: false });
  await Promise.all([once(server, 'secure'), once(client, 'secureConnect')]);
  const [own, other] = ours === 'client' ? [dialled, accepted] : [accepted, dialled];
  other.on('error', () => {});
  const peer = ours === 'client' ? server : client;
  Object.assign(peer, { resetAndDestroy: () => other.resetAndDestroy() });
  const socket = ours === 'client' ? client : server;
  return { channel: new SocketChannel(socket, { below: own }), peer };
}
