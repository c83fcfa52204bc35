/**
 * Why a stream was reset, as the number RESET carries and the word that logs and replies use.
 * Numbers are never reused; those below 64 are the multiplexer's own.
 */
export const RESET_CODES = {
  /** No reason in particular: the connection behind the stream was given up. */
  cancelled: 64,
  /** The TCP connection behind the stream was reset by the program at its far end. */
  'connection-reset': 65,
  /** Nobody listens at the address to dial. */
  'connect-refused': 66,
  /** The address to dial did not answer in time. */
  'connect-timeout': 67,
  /** The address to dial cannot be reached (no route, no such name). */
  'connect-unreachable': 68,
  /** The agent's dial policy forbids it: a port the FTP server did not announce. */
  'dial-forbidden': 69,
  /** The OPEN request was not understood. */
  'bad-request': 70,
  /** The end that was asked has no room for another connection. */
  'too-many-streams': 71,
  /** The program is going away. */
  'shutting-down': 72,
  /** TLS between the agent and the FTP server did not come about. */
  'server-tls-refused': 73,
  /** The agent does not trust the certificate the FTP server showed. */
  'server-certificate-refused': 74,
} as const;

export type ResetCode = keyof typeof RESET_CODES;

/** Words by number, for the multiplexer, which knows numbers only. */
export const RESET_CODE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(RESET_CODES).map(([name, number]) => [number, name]),
);

/** The reset code that tells why a dial failed, from Node's error code. */
export function resetCodeOfDial(errorCode: string | undefined): ResetCode {
  return DIAL_FAILURES.get(errorCode ?? '') ?? 'connect-unreachable';
}

const DIAL_FAILURES: ReadonlyMap<string, ResetCode> = new Map([
  ['ECONNREFUSED', 'connect-refused'],
  ['ETIMEDOUT', 'connect-timeout'],
  ['ECONNRESET', 'connection-reset'],
]);
