import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { connect as tlsConnect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { TlsTerminator } from '../../shared/net/tls-terminator.ts';
import { testAuthority, type TestAuthority } from './certificates.ts';

let authority: Promise<TestAuthority> | undefined;

/** A terminator with a certificate for `localhost`, and the root that signed it. */
export async function terminatorForTest(): Promise<{ terminator: TlsTerminator; ca: string }> {
  authority ??= testAuthority();
  const signer = await authority;
  const issued = await signer.issue({ names: ['localhost'] });
  return { terminator: new TlsTerminator({ identityFor: () => issued }), ca: signer.ca };
}

/** Two ends of a TCP connection on this machine; both are gone after the test. */
export async function tcpPair(t: TestContext): Promise<{ accepted: Socket; dialled: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const arrival = once(server, 'connection') as Promise<[Socket]>;
  const { port } = server.address() as AddressInfo;
  const dialled = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const [accepted] = await arrival;
  t.after(() => {
    dialled.destroy();
    accepted.destroy();
    server.close();
  });
  return { accepted, dialled };
}

/** Begins TLS as the client of `localhost`; it trusts that root only. Nothing is waited for. */
export function tlsClient(socket: Socket, options: ConnectionOptions): TLSSocket {
  const client = tlsConnect({ socket, servername: 'localhost', ...options });
  client.on('error', () => {});
  return client;
}

/** Ends the TCP connection under TLS without a word of TLS, as somebody on the way can. */
export function shutDown(socket: Socket): void {
  const { _handle: handle } = socket as unknown as {
    _handle: { shutdown(request: object): number };
  };
  const { binding } = process as unknown as {
    binding: (name: string) => { ShutdownWrap: new () => object };
  };
  handle.shutdown(new (binding('stream_wrap').ShutdownWrap)());
}
