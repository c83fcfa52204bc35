declare module 'bufferutil' {
  const bufferutil: {
    /** XORs `buffer` in place with a key of four bytes, from its first byte on. */
    unmask: (buffer: Uint8Array, key: Uint8Array) => void;
  };
  export default bufferutil;
}
