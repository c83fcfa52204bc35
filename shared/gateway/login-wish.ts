/** What a client said at a port that several tunnels share, from which it follows whom he means. */
export interface LoginWish {
  /** The name HOST gave, or TLS (SNI): in small letters; undefined if neither said one that counts. */
  readonly host: { readonly name: string; readonly by: 'HOST' | 'SNI' } | undefined;
  /** The argument of USER, verbatim. */
  readonly user: Buffer;
  /** The argument of PASS, verbatim; undefined if it had none. */
  readonly password: Buffer | undefined;
  /** Command lines about the session that were accepted before it had a server (CLNT, OPTS UTF8). */
  readonly before: readonly Buffer[];
}

/** Where a login goes, and as whom. */
export interface Route<T> {
  readonly tunnel: T;
  /** The user name for the server. */
  readonly user: Buffer;
}

const AT = 0x40;

/**
 * Finds whom a client means. One rule, and no guess (RFC 7151 §3): the host he named chooses the tunnel, and
 * his user name is the server's, whatever is in it. If HOST named one that is nobody's, nobody is meant. TLS
 * clients name whatever they call the relay; so if that is nobody's, or no host was named, what follows the
 * last `@` of the user name is the tunnel, by its name or host, and what comes before it is the server's.
 * @param find the tunnel with this name or host, in small letters
 */
export function routeLogin<T>(
  { host, user }: LoginWish,
  find: (name: string) => T | undefined,
): Route<T> | undefined {
  const named = host === undefined ? undefined : find(host.name);
  if (named !== undefined) return { tunnel: named, user };
  if (host?.by === 'HOST') return undefined;
  const split = splitUser(user);
  const tunnel = split === undefined ? undefined : find(split.tunnel);
  return split === undefined || tunnel === undefined ? undefined : { tunnel, user: split.user };
}

/** `name@tunnel` at its last `@`; undefined if one of the two is missing. */
export function splitUser(user: Buffer): { user: Buffer; tunnel: string } | undefined {
  const at = user.lastIndexOf(AT);
  if (at < 1 || at === user.length - 1) return undefined;
  const tunnel = user.toString('latin1', at + 1).toLowerCase();
  return { user: user.subarray(0, at), tunnel };
}
