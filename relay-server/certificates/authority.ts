import type { TlsIdentity } from '../../shared/net/tls-identity.ts';

/** Somebody who vouches for names, and issues certificates by himself. */
export interface CertificateAuthority {
  /**
   * A new certificate with a new key for one name.
   * @throws GangwayError with what to do: `acme-unreachable`, `acme-refused`, `acme-name-unproven`,
   *   `acme-hook-failed`.
   */
  issue(name: string, signal: AbortSignal): Promise<TlsIdentity>;
}

/** What an authority wants to see to believe that a name is ours. */
export interface Claim {
  readonly name: string;
  readonly token: string;
  /** RFC 8555 §8.1; for DNS-01 its digest, as the record has it. */
  readonly keyAuthorization: string;
}

/** A way to show it. */
export interface Proof {
  readonly type: 'http-01' | 'dns-01';
  /** What to do when an authority did not see it. */
  readonly remedy: string;
  /** Resolves when the authority can see it. @throws GangwayError `acme-hook-failed`. */
  show(claim: Claim): Promise<void>;
  /** Takes it back; failures are of no consequence. */
  withdraw(claim: Claim): Promise<void>;
}
