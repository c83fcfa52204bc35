import { Buffer } from 'node:buffer';
import bufferutil from 'bufferutil';

/**
 * XORs bytes in place with a masking key (RFC 6455 §5.3). Doing it twice undoes it.
 * @param key four bytes
 * @param progress bytes of the frame's payload before these
 */
export type Mask = (bytes: Uint8Array, key: Uint8Array, progress: number) => void;

/** By the compiled code of package bufferutil, at the speed of memory. */
const maskNatively: Mask = (bytes, key, progress) => {
  bufferutil.unmask(bytes, rotated(key, progress));
};

/** In JavaScript, four bytes at a time. */
export const maskByWords: Mask = (bytes, key, progress) => {
  const { buffer, byteOffset, length } = bytes;
  if (length < 8) return maskByBytes(bytes, key, progress);
  // Words lie at multiples of four.
  const lead = -byteOffset & 3;
  maskByBytes(bytes.subarray(0, lead), key, progress);
  const count = (length - lead) >> 2;
  const words = new Uint32Array(buffer, byteOffset + lead, count);
  // The key read in the machine's own byte order, as the words are.
  const word = new Uint32Array(Uint8Array.from(rotated(key, progress + lead)).buffer)[0] ?? 0;
  for (let i = 0; i < count; i += 1) words[i] = (words[i] ?? 0) ^ word;
  const done = lead + count * 4;
  return maskByBytes(bytes.subarray(done), key, progress + done);
};

/** The fastest there is: bufferutil brings a slow loop of its own where its compiled code cannot be loaded. */
export const mask: Mask = /\[native code\]/.test(
  Function.prototype.toString.call(bufferutil.unmask),
)
  ? maskNatively
  : maskByWords;

/** The key as it meets the first of the bytes that come after `progress` others, as a number of 32 bits. */
export function maskOf(key: Uint8Array, progress: number): number {
  return Buffer.from(rotated(key, progress)).readUInt32BE(0);
}

/** Undoes a mask that {@link maskOf} describes. */
export function unmask(bytes: Uint8Array, number: number): void {
  const key = Buffer.alloc(4);
  key.writeUInt32BE(number);
  mask(bytes, key, 0);
}

function maskByBytes(bytes: Uint8Array, key: Uint8Array, progress: number): void {
  for (let i = 0; i < bytes.length; i += 1) {
    bytes[i] = (bytes[i] ?? 0) ^ (key[(progress + i) & 3] ?? 0);
  }
}

function rotated(key: Uint8Array, progress: number): Uint8Array {
  const by = progress & 3;
  if (by === 0) return key;
  return Uint8Array.from([0, 1, 2, 3], (i) => key[(i + by) & 3] ?? 0);
}
