import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { parseJson } from './open-request.ts';
import { Probe, ProbeAnswer, QuestionId } from './probes.ts';

const text = (maxLength: number) => Type.String({ maxLength });
const StreamId = Type.Integer({ minimum: 1, maximum: 0xffff_ffff });

/** TLS between an agent and its FTP server. */
export const SERVER_TLS_MODES = ['none', 'explicit', 'implicit'] as const;
/** Why an agent believes its server's certificate; `insecure`: it takes any. */
export const SERVER_TLS_TRUST = ['ca', 'fingerprint', 'insecure'] as const;

/**
 * What an agent can do besides serving its FTP server: `probe`, answer questions about what it sees from
 * outside; `credential`, take a new credential.
 */
export const CAPABILITIES = ['probe', 'credential'] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** What goes into an HTTP header as it is. */
const Credential = Type.String({ pattern: '^[\\x21-\\x7e]{16,256}$' });

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
  /** What comes from the held data connection behind that stream goes to the relay. */
  Type.Object({ t: Type.Literal('release'), stream: StreamId }),
  /** Where bytes go past the relay: that connection is to be ended after the last byte that goes to it. */
  Type.Object({ t: Type.Literal('finish'), stream: StreamId }),
  /** A question about what the agent sees; only for agents with the capability `probe`. Answered by `probed`. */
  Type.Object({ t: Type.Literal('probe'), id: QuestionId, probe: Probe }),
  /**
   * The agent's credential from now on; only for agents with the capability `credential`. It is in force when
   * `credential-kept` has come or it was used; until then the one before is good, too.
   */
  Type.Object({ t: Type.Literal('credential'), id: QuestionId, credential: Credential }),
]);

/** What an agent tells the relay on the link stream. */
const AgentMessageSchema = Type.Union([
  Type.Object({
    t: Type.Literal('hello'),
    version: text(64),
    host: text(256),
    /** The FTP server this agent serves, for people to read. */
    server: text(512),
    /** Clients in the agent's own networks may be dialled. */
    lanDirect: Type.Optional(Type.Boolean()),
    /** TLS between the agent and its FTP server, and why it believes the server's certificate. */
    serverTls: Type.Optional(Type.Enum(SERVER_TLS_MODES)),
    serverTlsVerified: Type.Optional(Type.Enum(SERVER_TLS_TRUST)),
    /** Words that are not known say nothing. */
    capabilities: Type.Optional(Type.Array(text(32), { maxItems: 32 })),
  }),
  /**
   * The address at which the relay answers this agent, once it knows; never sent where a proxy is between.
   * `visitable`: streams of kind `outside` may be opened to it.
   */
  Type.Object({ t: Type.Literal('reached'), address: text(64), visitable: Type.Boolean() }),
  /** The agent listens for the data connection that stream is to become; the server is to be told where. */
  Type.Object({
    t: Type.Literal('listening'),
    stream: StreamId,
    host: text(64),
    port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  }),
  /** The data connection stands. One that does not come about is told by its stream's reset. */
  Type.Object({ t: Type.Literal('connected'), stream: StreamId }),
  /** Where bytes go past the relay: all that this connection was sent, with the end, is with the kernel. */
  Type.Object({ t: Type.Literal('flushed'), stream: StreamId }),
  /** Where bytes go past the relay: how many this connection has delivered so far. */
  Type.Object({ t: Type.Literal('moved'), stream: StreamId, bytes: Type.Integer({ minimum: 0 }) }),
  /** What was asked by `probe`. */
  Type.Object({ t: Type.Literal('probed'), id: QuestionId, answer: ProbeAnswer }),
  /** The new credential is on the agent's disk; with `problem`, it could not be kept, and the old one is used. */
  Type.Object({
    t: Type.Literal('credential-kept'),
    id: QuestionId,
    problem: Type.Optional(text(512)),
  }),
]);

/** What an agent says of TLS between it and its FTP server. */
export interface ServerTls {
  readonly how: (typeof SERVER_TLS_MODES)[number];
  /** Undefined without TLS. */
  readonly verified: (typeof SERVER_TLS_TRUST)[number] | undefined;
}

export type RelayMessage = Static<typeof RelayMessageSchema>;
export type AgentMessage = Static<typeof AgentMessageSchema>;
/** What answers a question of the relay. */
export type AgentAnswer = Extract<AgentMessage, { id: number }>;
/** What asks an agent something. */
export type RelayQuestion = Extract<RelayMessage, { id: number }>;
/** What an agent says of one data connection. */
export type DataReport = Extract<AgentMessage, { stream: number }>;

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
