/** A download, or an upload. */
export type Verb = 'RETR' | 'STOR';

/**
 * What a server logged of a transfer; `nothing` when it logged no word of it. An upload that it called
 * complete, and that went on later, was `complete too early`.
 */
export type ServerWord = 'complete' | 'incomplete' | 'nothing' | 'complete too early';

/** What is known of a transfer when everybody is done with it. */
export interface Account {
  readonly verb: Verb;
  /** The client's exit code; null when it never ended by itself. */
  readonly status: number | null;
  readonly word: ServerWord;
  /** What is at the destination; undefined when nothing is. */
  readonly arrived: Arrived | undefined;
  /** Bytes of the whole file. */
  readonly bytes: number;
}

export interface Arrived {
  readonly bytes: number;
  /** Whether they are the file's first ones. */
  readonly right: boolean;
}

/**
 * `whole`: the file is at its destination and nobody says otherwise. `broken loudly`: nobody takes what is
 * there for the file. Anything else is bad.
 */
export type Verdict =
  | { readonly kind: 'whole' | 'broken loudly' }
  | { readonly kind: 'BAD'; readonly why: string };

/** Judges a transfer. */
export function judge({ verb, status, word, arrived, bytes }: Account): Verdict {
  const bad = (why: string): Verdict => ({ kind: 'BAD', why });
  if (status === null) return bad('the client never ended');
  if (arrived?.right === false) return bad('there are wrong bytes');
  if (word === 'complete too early') return bad('the server took a truncated file for whole');
  const isWhole = arrived?.bytes === bytes;
  if (status === 0) {
    if (!isWhole) return bad('the client takes a truncated file for whole');
    if (verb === 'STOR' && word !== 'complete') return bad(`the server logged ${word} of it`);
    return { kind: 'whole' };
  }
  if (verb === 'STOR' && arrived !== undefined && !isWhole) {
    if (word === 'complete') return bad('the server takes a truncated file for whole');
    if (word === 'nothing') return bad('the server never noticed');
  }
  return { kind: 'broken loudly' };
}
