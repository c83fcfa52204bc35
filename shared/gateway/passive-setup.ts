import { parseEpsvReply, parsePasvReply } from '../ftp/address.ts';
import { isCompletion, type Reply } from '../ftp/reply.ts';

/** The two commands that make a server listen. */
export type PassiveVerb = 'EPSV' | 'PASV';

/** What was learnt about a server; one object per tunnel, shared by its sessions. */
export interface ServerTraits {
  /** The passive command it understood last. */
  passive?: PassiveVerb;
}

/** What to do after the server's reply to a passive command. */
export type SetupStep =
  | { step: 'ask'; verb: PassiveVerb }
  | { step: 'port'; port: number }
  /** The server refuses for a reason of its own: the client gets its reply unchanged. */
  | { step: 'refused'; reply: Reply }
  /** It agreed, but named no port that could be dialled. */
  | { step: 'unusable'; reply: Reply };

/**
 * Finds a data port on the server for one PASV, EPSV, PORT or EPRT of the client, whichever of the two the server
 * understands. Asks first what worked last, then the other; each at most once.
 */
export class PassiveSetup {
  readonly #traits: ServerTraits;
  readonly #tried = new Set<PassiveVerb>();
  #asked: PassiveVerb;

  constructor(traits: ServerTraits) {
    this.#traits = traits;
    this.#asked = traits.passive ?? 'EPSV';
  }

  /** The command to begin with. */
  get verb(): PassiveVerb {
    return this.#asked;
  }

  /** Takes the server's final reply to {@link verb}. */
  answered(reply: Reply): SetupStep {
    this.#tried.add(this.#asked);
    if (isCompletion(reply)) {
      const port = announcedPort(reply);
      if (port !== undefined) {
        this.#traits.passive = reply.code === 229 ? 'EPSV' : 'PASV';
        return { step: 'port', port };
      }
      return this.#askOther() ?? { step: 'unusable', reply };
    }
    const unknownCommand = reply.code >= 500 && reply.code !== 530;
    return (unknownCommand ? this.#askOther() : undefined) ?? { step: 'refused', reply };
  }

  #askOther(): SetupStep | undefined {
    const other: PassiveVerb = this.#asked === 'EPSV' ? 'PASV' : 'EPSV';
    if (this.#tried.has(other)) return undefined;
    this.#asked = other;
    return { step: 'ask', verb: other };
  }
}

/**
 * The data port a 227 or 229 reply names. The address in a 227 is ignored: the server's address is
 * known, and a reply must not be able to send anybody elsewhere (CVE-2020-8284, RFC 6384 §6).
 */
export function announcedPort(reply: Reply): number | undefined {
  if (reply.code === 229) return parseEpsvReply(reply);
  if (reply.code === 227) return parsePasvReply(reply)?.port;
  return undefined;
}
