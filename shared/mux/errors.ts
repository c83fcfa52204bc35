/**
 * What can go wrong in the multiplexer. A fault of the peer and a fault of this program are different
 * types, so that neither is ever answered as if it were the other.
 */

interface ProtocolFaultRow {
  /** Code of the GOAWAY that tells the peer; part of the protocol, never reused. */
  goAway: number;
  /** For people; completed with particulars. */
  says: string;
}

/** Every way a peer can break the protocol. Each ends the link. PROTOCOL.md lists the same codes. */
export const PROTOCOL_FAULTS = {
  'unknown-frame-type': { goAway: 0x1_0001, says: 'a frame of unknown type' },
  'frame-too-large': { goAway: 0x1_0002, says: 'a frame longer than its type allows' },
  'bad-stream-id': { goAway: 0x1_0003, says: 'a frame on a stream id its type does not allow' },
  'stream-never-opened': { goAway: 0x1_0004, says: 'a frame for a stream that was never opened' },
  'open-out-of-order': {
    goAway: 0x1_0005,
    says: 'an OPEN whose id is not new or not the peer’s to use',
  },
  'beyond-credit': { goAway: 0x1_0006, says: 'data beyond the credit granted' },
  'credit-overflow': { goAway: 0x1_0007, says: 'credit beyond the largest offset' },
  'data-gap': { goAway: 0x1_0008, says: 'an offset that leaves out bytes before it' },
  'final-offset-changed': {
    goAway: 0x1_0009,
    says: 'data or another end after the end of a stream',
  },
  'ack-of-unsent': { goAway: 0x1_000a, says: 'an acknowledgement of bytes that were never sent' },
  'too-many-opens': { goAway: 0x1_000b, says: 'more refused OPENs than a link allows' },
  'too-many-gaps': { goAway: 0x1_000c, says: 'data in more pieces than its window allows' },
} as const satisfies Record<string, ProtocolFaultRow>;

export type ProtocolFaultCode = keyof typeof PROTOCOL_FAULTS;

/** Every way this program can misuse the multiplexer. Thrown at the caller; the link is unharmed. */
const LOCAL_FAULTS = {
  'already-attached': 'the link has a carrier or is closed',
  'already-started': 'the stream has a consumer',
  'request-too-large': 'the OPEN request exceeds the control payload limit',
  'bad-code': 'a reset or go-away code is an integer from 0 to 2^48 - 1',
  'bad-limits': 'limits contradict each other',
  'credit-misused': 'bytes were sent or consumed that credit does not cover',
} as const;

export type LocalFaultCode = keyof typeof LOCAL_FAULTS;

/** Base of both kinds. `code` is stable. */
export abstract class MuxError extends Error {
  abstract readonly code: ProtocolFaultCode | LocalFaultCode;
}

/** The peer broke the protocol: the link says so with GOAWAY and closes. */
export class ProtocolFault extends MuxError {
  override readonly name = 'ProtocolFault';
  readonly code: ProtocolFaultCode;
  /** Code of the GOAWAY to send. */
  readonly goAway: number;

  constructor(code: ProtocolFaultCode, particulars: string) {
    super(`${PROTOCOL_FAULTS[code].says}: ${particulars}`);
    this.code = code;
    this.goAway = PROTOCOL_FAULTS[code].goAway;
  }
}

/** This program misused the multiplexer. */
export class LocalFault extends MuxError {
  override readonly name = 'LocalFault';
  readonly code: LocalFaultCode;

  constructor(code: LocalFaultCode, particulars: string) {
    super(`${LOCAL_FAULTS[code]}: ${particulars}`);
    this.code = code;
  }
}
