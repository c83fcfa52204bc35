import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { PROTO_LIMITS } from '../limits.ts';

const StreamId = Type.Integer({ minimum: 1, maximum: 0xffff_ffff });
const Port = Type.Integer({ minimum: 1, maximum: 65_535 });

/**
 * What the opener of a stream asks of the other end; the payload of OPEN, as JSON.
 *
 * - `link`: the agent opens it first of all; both ends write link messages on it, a line each.
 * - `control`: the relay asks the agent for a control connection to its FTP server. The first `preamble`
 *   bytes of the stream are for the server, too, but no commands yet. An agent that speaks TLS with its
 *   server sends them before it.
 * - `data`: the relay asks for a data connection to a port which the FTP server announced on the
 *   control connection carried by stream `control`. The agent refuses every other port. `preamble` as with
 *   `control`; only agents that said they speak TLS with their server know it here.
 * - `listen`: the relay asks the agent to listen for one data connection of the FTP server, which is in
 *   active mode on that control connection. The stream becomes that connection.
 * - `near`: the relay asks for a client in the agent's own network, whose bytes are to be exchanged with
 *   those of the connection behind stream `data`, which was asked for `held`: nothing is read from it
 *   until this comes about, or a link message releases it. Both streams carry ends and resets, no bytes.
 * - `outside`: the relay asks for a connection to itself, at an address of its own, to see what a client sees
 *   that comes from there. The agent connects to nothing but the address at which the relay answers it.
 *
 * What became of a `data`, `listen` or `near` the agent tells on the link stream (see link-messages).
 */
const OpenRequestSchema = Type.Union([
  Type.Object({ t: Type.Literal('link') }, { additionalProperties: false }),
  Type.Object(
    {
      t: Type.Literal('control'),
      session: Type.String({ minLength: 1, maxLength: 64 }),
      client: Type.String({ minLength: 1, maxLength: 64 }),
      preamble: Type.Optional(Type.Integer({ minimum: 0, maximum: PROTO_LIMITS.preamble })),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      t: Type.Literal('data'),
      control: StreamId,
      port: Port,
      held: Type.Optional(Type.Boolean()),
      preamble: Type.Optional(Type.Integer({ minimum: 0, maximum: PROTO_LIMITS.preamble })),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    { t: Type.Literal('listen'), control: StreamId, held: Type.Optional(Type.Boolean()) },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      t: Type.Literal('near'),
      control: StreamId,
      data: StreamId,
      host: Type.String({ minLength: 2, maxLength: 64 }),
      port: Port,
    },
    { additionalProperties: false },
  ),
  Type.Object(
    { t: Type.Literal('outside'), host: Type.String({ minLength: 2, maxLength: 64 }), port: Port },
    { additionalProperties: false },
  ),
]);

export type OpenRequest = Static<typeof OpenRequestSchema>;

/** The payload of OPEN for a request. */
export function encodeOpenRequest(request: OpenRequest): Buffer {
  return Buffer.from(JSON.stringify(request));
}

/** Reads the payload of OPEN; undefined if it is none of the requests above. */
export function decodeOpenRequest(payload: Uint8Array): OpenRequest | undefined {
  const value = parseJson(Buffer.from(payload).toString());
  return Value.Check(OpenRequestSchema, value) ? value : undefined;
}

/** JSON.parse that answers undefined for text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
