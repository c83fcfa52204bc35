/** The opening handshake of RFC 6455 §4, both halves, without I/O. */
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** The only version there is. */
export const WEB_SOCKET_VERSION = '13';

/** What the server answers a client's key with. */
export function acceptFor(key: string): string {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}

/** Headers of a client's request, and the key in them. */
export function requestHeaders(subprotocol: string): {
  key: string;
  headers: Record<string, string>;
} {
  const key = randomBytes(16).toString('base64');
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': WEB_SOCKET_VERSION,
    'sec-websocket-key': key,
    'sec-websocket-protocol': subprotocol,
  };
  return { key, headers };
}

/** Why a server's answer 101 is no agreement to our request; undefined if it is. */
export function faultOfAnswer(
  headers: IncomingHttpHeaders,
  key: string,
  subprotocol: string,
): string | undefined {
  if (headers.upgrade?.toLowerCase() !== 'websocket') return 'it upgrades to something else';
  if (headers['sec-websocket-accept'] !== acceptFor(key))
    return 'its Sec-WebSocket-Accept is wrong';
  if (headers['sec-websocket-protocol'] !== subprotocol) return 'it chose another subprotocol';
  if (headers['sec-websocket-extensions'] !== undefined) return 'it chose an extension';
  return undefined;
}

/** Why a client's request is no WebSocket handshake; undefined if it is. */
export function faultOfRequest(
  method: string | undefined,
  headers: IncomingHttpHeaders,
): string | undefined {
  if (method !== 'GET') return 'the method is not GET';
  if (headers.upgrade?.toLowerCase() !== 'websocket') return 'Upgrade is not websocket';
  if (headers['sec-websocket-version'] !== WEB_SOCKET_VERSION) {
    return `Sec-WebSocket-Version is not ${WEB_SOCKET_VERSION}`;
  }
  // 16 bytes in base64.
  if (!/^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '')) {
    return 'Sec-WebSocket-Key is missing or malformed';
  }
  return undefined;
}

/**
 * The server's answer to a request without fault.
 * @param more further headers; names and values are this program's own
 */
export function answer101(
  headers: IncomingHttpHeaders,
  subprotocol: string,
  more: Readonly<Record<string, string>> = {},
): string {
  const accept = acceptFor(headers['sec-websocket-key'] ?? '');
  return (
    'HTTP/1.1 101 Switching Protocols\r\n' +
    'Upgrade: websocket\r\n' +
    'Connection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${accept}\r\n` +
    `Sec-WebSocket-Protocol: ${subprotocol}\r\n` +
    Object.entries(more)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('') +
    '\r\n'
  );
}
