/** The TLS of a relay under test. */
import { testAuthority } from './certificates.ts';
import type { Address, RawClient } from './raw-client.ts';
import { TlsRawClient, type TlsClientOptions } from './tls-raw-client.ts';

/** How a client speaks: without TLS, or with TLS on both of its connections. */
export const PROTECTIONS = ['in clear', 'under TLS'] as const;

/** A relay's certificate, and clients that trust its signer and nobody else. */
export interface RelayTls {
  /** Flags of the relay. */
  readonly flags: readonly string[];
  /** The signer's root, PEM, and its file. */
  readonly ca: string;
  readonly caFile: string;
  /** Logs in with TLS on the control connection and on data connections. */
  login(
    to: Address & { user?: string; password?: string },
    options?: Omit<TlsClientOptions, 'ca'>,
  ): Promise<RawClient>;
}

/** Issues a certificate for `localhost` and these names. */
export async function relayTls(...names: readonly string[]): Promise<RelayTls> {
  const { ca, caFile, issue } = await testAuthority();
  const { certFile, keyFile } = await issue({ names: ['localhost', ...names] });
  return {
    flags: [`--tls-cert=${certFile}`, `--tls-key=${keyFile}`],
    ca,
    caFile,
    login: async ({ user, password, ...at }, options) => {
      const account = {
        ...(user !== undefined && { user }),
        ...(password !== undefined && { password }),
      };
      const { ftp } = await TlsRawClient.login(at, { ca, ...account, ...options });
      return ftp;
    },
  };
}
