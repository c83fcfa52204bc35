import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
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

/** Begins TLS as the client of `localhost`; it trusts that root only. Nothing is waited for. */
export function tlsClient(socket: Duplex, options: ConnectionOptions): TLSSocket {
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
