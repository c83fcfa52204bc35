/** What a TLS server shows: its certificate and the key that proves it. */
export interface TlsIdentity {
  /** PEM: the certificate, then those that lead to its root. */
  readonly cert: string;
  /** PEM of the private key, without a passphrase. */
  readonly key: string;
}
