import { Buffer } from 'node:buffer';
import { PROXY_LIMITS } from '../limits.ts';
import {
  parseV1,
  parseV2,
  V1_START,
  V2_FIXED,
  V2_SIGNATURE,
  v2Length,
  type ProxyHeader,
} from './header.ts';

/** What came so far: too little, something that is no header, or a header and what lies behind it. */
export type HeaderProgress =
  | { readonly state: 'partial' }
  | { readonly state: 'bad'; readonly why: string }
  | { readonly state: 'complete'; readonly header: ProxyHeader; readonly rest: Uint8Array };

const PARTIAL: HeaderProgress = { state: 'partial' };
const LF = 0x0a;
const CRLF_BYTES = 2;

/**
 * Cuts a PROXY protocol header, version 1 or 2, off the beginning of a byte stream. Holds at most the
 * longest header and one chunk. What is no header is told with the first byte that gives it away.
 */
export class ProxyHeaderReader {
  #bytes: Buffer = Buffer.alloc(0);

  /** Takes more bytes. Not to be called again once the state is another than `partial`. */
  push(chunk: Uint8Array): HeaderProgress {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (beginsAs(this.#bytes, V1_START)) return readV1(this.#bytes);
    if (beginsAs(this.#bytes, V2_SIGNATURE)) return readV2(this.#bytes);
    return bad('it does not begin as a PROXY header');
  }

  /** How many bytes have come. */
  get received(): number {
    return this.#bytes.length;
  }
}

function readV1(bytes: Buffer): HeaderProgress {
  const end = bytes.subarray(0, PROXY_LIMITS.v1Header).indexOf(LF);
  if (end === -1) {
    return bytes.length < PROXY_LIMITS.v1Header
      ? PARTIAL
      : bad(`a version 1 header is longer than ${PROXY_LIMITS.v1Header} bytes`);
  }
  const isLine = bytes[end - 1] === 0x0d;
  const header = isLine ? parseV1(bytes.subarray(0, end + 1 - CRLF_BYTES)) : undefined;
  return finished(header, bytes.subarray(end + 1));
}

function readV2(bytes: Buffer): HeaderProgress {
  if (bytes.length < V2_FIXED) return PARTIAL;
  const length = v2Length(bytes.subarray(0, V2_FIXED));
  if (length > PROXY_LIMITS.v2Payload) {
    return bad(`a version 2 header announces ${length} bytes, more than ${PROXY_LIMITS.v2Payload}`);
  }
  const end = V2_FIXED + length;
  if (bytes.length < end) return PARTIAL;
  return finished(parseV2(bytes.subarray(0, end)), bytes.subarray(end));
}

function finished(header: ProxyHeader | undefined, rest: Uint8Array): HeaderProgress {
  return header === undefined
    ? bad('the PROXY header is malformed')
    : { state: 'complete', header, rest };
}

function bad(why: string): HeaderProgress {
  return { state: 'bad', why };
}

/** Whether bytes are the beginning of something that begins with `start`, as far as they go. */
function beginsAs(bytes: Buffer, start: Buffer): boolean {
  const size = Math.min(bytes.length, start.length);
  return bytes.subarray(0, size).equals(start.subarray(0, size));
}
