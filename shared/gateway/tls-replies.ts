import { reply } from '../ftp/reply.ts';

/** Every reply about TLS that the gateway words itself; codes as RFC 4217 §10 and RFC 2228 have them. */
export const TLS_REPLIES = {
  noTls: () => reply(502, 'TLS is not available at this address; use plain FTP.'),
  authAccepted: () => reply(234, 'AUTH command OK; begin TLS now.'),
  unknownMechanism: () => reply(504, 'Only TLS is available; use AUTH TLS.'),
  securedAlready: () => reply(503, 'TLS is spoken already.'),
  authTooLate: () => reply(503, 'AUTH comes before the login; connect again.'),
  authFirst: (verb: string) => reply(503, `${verb} comes after AUTH TLS.`),
  /** The way in which commands have been put into somebody else's session (CVE-2011-1575). */
  pipelinedAuth: () => reply(503, 'Nothing may be sent behind AUTH before TLS has begun; closing.'),
  bufferSize: () => reply(200, 'PBSZ=0'),
  badBufferSize: () => reply(501, 'PBSZ takes a number; with TLS it is 0.'),
  sizeFirst: () => reply(503, 'PROT comes after PBSZ 0.'),
  protectionSet: (level: 'C' | 'P') =>
    reply(200, `Data connections are ${level === 'P' ? 'private (TLS)' : 'clear'} from now on.`),
  unsupportedLevel: (level: string) => reply(536, `PROT ${level} does not exist with TLS; use P.`),
  unknownLevel: () => reply(504, 'PROT takes C or P.'),
  clearCommand: () => reply(533, 'CCC is refused; the control connection stays private.'),
  noDataTls: () => reply(534, 'TLS on data connections is not allowed here; use PROT C.'),
  dataNeedsTls: () =>
    reply(521, 'Data connections must be private here; use PROT P (encrypt file transfers, too).'),
  dataNeedsAuth: () =>
    reply(521, 'Data connections must be private here; switch your client to FTP over TLS.'),
  loginNeedsTls: (implicitPort: number | undefined) =>
    reply(
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
  noReinWithTls: () => reply(502, 'REIN is not available with TLS; connect again.'),
};
