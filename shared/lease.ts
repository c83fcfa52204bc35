/**
 * Bytes on loan. What sockets receive lies in slabs that are used again; so a chunk may come with a lease.
 *
 * The rule: a chunk that comes with a lease is valid during that call only. Whoever needs it longer calls
 * `retain`, and later `release` exactly once. A chunk without a lease is the callee's to keep.
 * Nobody alters bytes on loan, but for the carrier that sends them: it may mask them where they lie.
 */
export interface Lease {
  /** Bytes of the whole slab, all of which stay in use while a piece of it is retained. */
  readonly size: number;
  /** The chunk stays valid until `release`. Holds are counted. */
  retain(): void;
  /** Gives one hold back. @throws Error if there is none: a bug of this program */
  release(): void;
}

/** Below this many bytes copying costs less than keeping books. */
const ALWAYS_COPIED = 16 * 1024;

/**
 * Whether to retain a chunk rather than copy it. Many small chunks retained would each keep a slab in use;
 * so one that fills less than half is retained only where the holder holds nothing else.
 * @param held leases the holder has retained already
 */
export function worthRetaining(chunk: Uint8Array, lease: Lease, held: number): boolean {
  if (chunk.length * 2 >= lease.size) return true;
  return held === 0 && chunk.length >= ALWAYS_COPIED;
}
