/** A balancer in front of the relay that begins its connections with a PROXY header, played by a test. */
import { Buffer } from 'node:buffer';
import { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { formatProxyHeader } from '../../relay-server/proxy-protocol/header.ts';
import { dial, RawClient, type Address } from './raw-client.ts';
import { TlsRawClient } from './tls-raw-client.ts';
import type { WatchedSocket } from './watched-socket.ts';

/** Where the balancer's connections come from. */
export const BALANCER = { localAddress: '127.0.0.4' };
/** Where the balancer says its clients connect to. */
export const FRONT = { host: '127.0.0.3', port: 2121 };

export type HeaderVersion = 'v1' | 'v2';

/** The header of a client at that address. */
export function headerOf(source: Address, version: HeaderVersion = 'v2'): Buffer {
  return formatProxyHeader(version, { source, destination: FRONT });
}

/** Logs in from the balancer's address. */
export async function loginBehind(to: Address, header: Uint8Array): Promise<RawClient> {
  const client = await RawClient.connect(to, BALANCER);
  client.send(header);
  await client.expect(220);
  await client.ask('USER u', 331);
  await client.ask('PASS p', 230);
  return client;
}

/** A data connection through the balancer. */
export async function dataBehind(to: Address, ...first: Uint8Array[]): Promise<WatchedSocket> {
  const data = await dial(to, BALANCER);
  data.send(Buffer.concat(first));
  return data;
}

/** The same with TLS, whose first bytes are in one segment with the header. */
export async function secureDataBehind(
  client: TlsRawClient,
  to: Address,
  header: Uint8Array,
): Promise<WatchedSocket> {
  const data = await dial(to, BALANCER);
  return client.begin(data, undefined, prefixed(data, header));
}

/** A control connection to an implicit port, with its first bytes of TLS in the header's segment. */
export async function implicitBehind(
  to: Address,
  options: ConnectionOptions,
  header: Uint8Array,
): Promise<TlsRawClient> {
  const ftp = await RawClient.connect(to, BALANCER);
  return TlsRawClient.over(ftp, options, prefixed(ftp.control, header));
}

/** The connection with these bytes in front of the first that are written on it. */
function prefixed(data: WatchedSocket, prefix: Uint8Array): Duplex {
  const { socket } = data;
  let first = prefix;
  const stream = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      const all = Buffer.concat([first, chunk]);
      first = Buffer.alloc(0);
      socket.write(all, done);
    },
    final: (done) => void socket.end(done),
  });
  data.onChunk = (chunk) => stream.push(chunk);
  socket.on('end', () => stream.push(null)).on('error', (error) => stream.destroy(error));
  return stream;
}
