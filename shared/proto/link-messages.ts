import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { parseJson } from './open-request.ts';

const text = (maxLength: number) => Type.String({ maxLength });

/** What the relay tells an agent on the link stream. */
const RelayMessageSchema = Type.Union([
  /** The tunnel as it stands now: sent first, and again whenever it changes. */
  Type.Object({
    t: Type.Literal('tunnel'),
    name: text(64),
    publicAddress: text(512),
    /** Why the tunnel does not listen, if it does not. */
    problem: Type.Optional(text(1024)),
  }),
]);

/** What an agent tells the relay on the link stream. */
const AgentMessageSchema = Type.Union([
  Type.Object({
    t: Type.Literal('hello'),
    version: text(64),
    host: text(256),
    /** The FTP server this agent serves, for people to read. */
    server: text(512),
  }),
]);

export type RelayMessage = Static<typeof RelayMessageSchema>;
export type AgentMessage = Static<typeof AgentMessageSchema>;

/** One message as the line that carries it. */
export function encodeMessage(message: RelayMessage | AgentMessage): Buffer {
  return Buffer.from(`${JSON.stringify(message)}\n`);
}

/** Reads one line from the relay; undefined for a message this version does not know. */
export function decodeRelayMessage(line: string): RelayMessage | undefined {
  const value = parseJson(line);
  return Value.Check(RelayMessageSchema, value) ? value : undefined;
}

/** Reads one line from an agent; undefined for a message this version does not know. */
export function decodeAgentMessage(line: string): AgentMessage | undefined {
  const value = parseJson(line);
  return Value.Check(AgentMessageSchema, value) ? value : undefined;
}

/** Cuts a byte stream into the lines of messages; a line over `limit` bytes is a fault of the peer. */
export class MessageLines {
  #rest = '';
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * The lines that `chunk` completes.
   * @throws RangeError when a line grows over the limit.
   */
  push(chunk: Uint8Array): string[] {
    const lines = (this.#rest + Buffer.from(chunk).toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > this.#limit) {
      throw new RangeError(`a link message is longer than ${this.#limit} bytes`);
    }
    return lines.map((line) => Buffer.from(line, 'latin1').toString());
  }
}
