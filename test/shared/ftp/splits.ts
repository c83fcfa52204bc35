/** Bytes from Latin-1 text, so that tables can write any byte as `\xNN`. */
export function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** Every way to feed an input that has ever mattered: whole, one byte at a time, and cut once anywhere. */
export function* splits(input: Buffer): Generator<Buffer[]> {
  yield [input];
  yield Array.from(input, (byte) => Buffer.from([byte]));
  for (let cut = 0; cut <= input.length; cut += 1) {
    yield [input.subarray(0, cut), input.subarray(cut)];
  }
}
