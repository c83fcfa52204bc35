/** What a TLS server proves itself with. */
export interface TlsIdentity {
  /** PEM: the certificate, then those between it and its root. */
  readonly cert: string;
  /** PEM of its private key. */
  readonly key: string;
}
