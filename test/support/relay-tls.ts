/** The TLS of a relay under test. */
import { testAuthority } from './certificates.ts';
import { RawClient, type Address, type From } from './raw-client.ts';
import { TlsRawClient } from './tls-raw-client.ts';

/** How a client speaks: without TLS, or with TLS on both of its connections. */
export const PROTECTIONS = ['in clear', 'under TLS'] as const;
type Protection = (typeof PROTECTIONS)[number];

/** Logs a client in. */
export type Login = (
  to: Address & { user?: string; password?: string },
  from?: From,
) => Promise<RawClient>;

/** A relay's certificate, and clients that trust its signer and nobody else. */
export interface RelayTls {
  /** Flags of the relay. */
  readonly flags: readonly string[];
  /** The signer's root, PEM, and its file. */
  readonly ca: string;
  readonly caFile: string;
  readonly login: Readonly<Record<Protection, Login>>;
}

/** Issues a certificate for `localhost` and these names. */
export async function relayTls(...names: readonly string[]): Promise<RelayTls> {
  const authority = await testAuthority();
  const { ca, caFile } = authority;
  const { certFile, keyFile } = await authority.issue({ names: ['localhost', ...names] });
  return {
    flags: [`--tls-cert=${certFile}`, `--tls-key=${keyFile}`],
    ca,
    caFile,
    login: {
      'in clear': (to, from) => RawClient.login(to, from),
      'under TLS': async (to, from) => {
        const { user = 'u', password = 'p' } = to;
        return (await TlsRawClient.login(to, { ca, user, password, ...from })).ftp;
      },
    },
  };
}
