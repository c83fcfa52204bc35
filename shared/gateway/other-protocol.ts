import type { OtherProtocol } from './events.ts';

/** First bytes that give a protocol away: of SSH (RFC 4253 §4.2), a TLS record (RFC 8446 §5.1), HTTP. */
const MARKS: readonly (readonly [OtherProtocol, RegExp])[] = [
  ['ssh', /^SSH-/],
  // A handshake record of any version that was ever sent.
  // eslint-disable-next-line no-control-regex -- that is what the record begins with
  ['tls', /^\x16\x03[\x00-\x04]/],
  ['http', /^(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|CONNECT|TRACE|PATCH|PRI) /i],
  ['unknown', /^(?:EHLO|HELO|RTSP)\b/i],
];

/** What else than FTP a client speaks, by the first bytes it sends; undefined if it may be FTP. */
export function otherProtocol(first: Uint8Array): OtherProtocol | undefined {
  const head = Buffer.from(first.subarray(0, 16)).toString('latin1');
  return MARKS.find(([, mark]) => mark.test(head))?.[0];
}
