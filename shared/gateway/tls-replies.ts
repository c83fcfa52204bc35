import { reply } from '../ftp/reply.ts';
import { refusal } from './refusal.ts';

/** Every reply about TLS that the gateway words itself; codes as RFC 4217 §10 and RFC 2228 have them. */
export const TLS_REPLIES = {
  noTls: () =>
    refusal('tls-not-available', 502, 'TLS is not available at this address; use plain FTP.'),
  authAccepted: () => reply(234, 'AUTH command OK; begin TLS now.'),
  unknownMechanism: () => refusal('tls-not-available', 504, 'Only TLS is available; use AUTH TLS.'),
  securedAlready: () => refusal('out-of-order', 503, 'TLS is spoken already.'),
  authTooLate: () => refusal('out-of-order', 503, 'AUTH comes before the login; connect again.'),
  authFirst: (verb: string) => refusal('out-of-order', 503, `${verb} comes after AUTH TLS.`),
  /** The way in which commands have been put into somebody else's session (CVE-2011-1575). */
  pipelinedAuth: () =>
    refusal('out-of-order', 503, 'Nothing may be sent behind AUTH before TLS has begun; closing.'),
  bufferSize: () => reply(200, 'PBSZ=0'),
  badBufferSize: () => refusal('not-a-command', 501, 'PBSZ takes a number; with TLS it is 0.'),
  sizeFirst: () => refusal('out-of-order', 503, 'PROT comes after PBSZ 0.'),
  protectionSet: (level: 'C' | 'P') =>
    reply(200, `Data connections are ${level === 'P' ? 'private (TLS)' : 'clear'} from now on.`),
  unsupportedLevel: (level: string) =>
    refusal('not-implemented', 536, `PROT ${level} does not exist with TLS; use P.`),
  unknownLevel: () => refusal('not-implemented', 504, 'PROT takes C or P.'),
  clearCommand: () =>
    refusal('not-implemented', 533, 'CCC is refused; the control connection stays private.'),
  noDataTls: () =>
    refusal('tls-not-available', 534, 'TLS on data connections is not allowed here; use PROT C.'),
  dataNeedsTls: () =>
    refusal(
      'data-tls-required',
      521,
      'Data connections must be private here; use PROT P (encrypt file transfers, too).',
    ),
  dataNeedsAuth: () =>
    refusal(
      'data-tls-required',
      521,
      'Data connections must be private here; switch your client to FTP over TLS.',
    ),
  loginNeedsTls: (implicitPort: number | undefined) =>
    refusal(
      'tls-required',
      530,
      'TLS is required here: switch your client to explicit FTP over TLS (AUTH TLS)' +
        (implicitPort === undefined
          ? '.'
          : `, or to implicit FTP over TLS on port ${implicitPort}.`),
    ),
  dataTlsFailed: (why: string) =>
    reply(522, `No TLS on the data connection: ${why}; nothing was transferred.`),
  notResumed: () =>
    reply(
      522,
      'The data connection must resume the TLS session of the control connection; ' +
        'switch on TLS session resumption in your client, or use one that has it.',
    ),
  noReinWithTls: () =>
    refusal('not-implemented', 502, 'REIN is not available with TLS; connect again.'),
};
