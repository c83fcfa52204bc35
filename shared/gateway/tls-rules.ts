/** Whether TLS is spoken: never, as the client likes, or always. */
export const TLS_POLICIES = ['off', 'optional', 'required'] as const;
export type TlsPolicy = (typeof TLS_POLICIES)[number];

/** What a tunnel asks of its clients as to TLS (RFC 4217). */
export interface TlsRules {
  /** The control connection: with `required` nobody logs in without it. */
  readonly login: TlsPolicy;
  /** Data connections of clients whose control connection has TLS: PROT P. */
  readonly data: TlsPolicy;
  /** Where TLS begins at once, if it does anywhere; for the advice in replies. */
  readonly implicitPort?: number | undefined;
}
