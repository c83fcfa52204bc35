import { Type, type Static } from 'typebox';
import { PROBE_LIMITS } from '../limits.ts';

const text = (maxLength: number) => Type.String({ maxLength });
const Port = Type.Integer({ minimum: 1, maximum: 65_535 });
const Address = Type.String({ minLength: 2, maxLength: 64 });

/** Pairs a question of the relay with its answer; chosen by the relay, used once on a link. */
export const QuestionId = Type.Integer({ minimum: 1, maximum: 0xffff_ffff });

/** Where TLS begins: after AUTH TLS, or at once. */
export const TLS_BEGINNINGS = ['explicit', 'implicit'] as const;

/**
 * What a relay may ask an agent to look at from outside. The agent sends no byte of the relay's choice to
 * anybody, connects only to where its own policy allows (agent/outside/policy), and bounds what it does.
 */
export const Probe = Type.Union([
  /** Whether these ports accept, and what is said there first. */
  Type.Object({
    kind: Type.Literal('connect'),
    address: Address,
    ports: Type.Array(Port, { minItems: 1, maxItems: PROBE_LIMITS.ports }),
  }),
  /** The addresses of a name, as the agent's system finds them. */
  Type.Object({
    kind: Type.Literal('resolve'),
    name: Type.String({ minLength: 1, maxLength: 253 }),
  }),
  /** The certificate that is shown, and whether the agent's system believes it for this name. */
  Type.Object({
    kind: Type.Literal('tls'),
    address: Address,
    port: Port,
    begins: Type.Enum(TLS_BEGINNINGS),
    name: Type.String({ minLength: 1, maxLength: 253 }),
  }),
  /** What time it is. */
  Type.Object({ kind: Type.Literal('clock') }),
]);
export type Probe = Static<typeof Probe>;

/** How a connection attempt ended: `open`, even if the peer resets it at once. */
export const PORT_OUTCOMES = ['open', 'refused', 'timeout', 'unreachable'] as const;

const PortSeen = Type.Object({
  port: Port,
  outcome: Type.Enum(PORT_OUTCOMES),
  /** Milliseconds until it was known. */
  ms: Type.Integer({ minimum: 0 }),
  /** What came first, printable and cut off; left out if nothing came. */
  said: Type.Optional(text(PROBE_LIMITS.greetingText)),
});
export type PortSeen = Static<typeof PortSeen>;

export const ProbeAnswer = Type.Union([
  Type.Object({
    kind: Type.Literal('connect'),
    ports: Type.Array(PortSeen, { maxItems: PROBE_LIMITS.ports }),
  }),
  /** Only addresses that the agent would connect to: others would tell of its own network. */
  Type.Object({
    kind: Type.Literal('resolve'),
    addresses: Type.Array(Address, { maxItems: PROBE_LIMITS.addresses }),
  }),
  Type.Object({
    kind: Type.Literal('tls'),
    /** Null if the agent's system believes it; else Node's word for why not. */
    refusedAs: Type.Union([text(128), Type.Null()]),
    /** In one line for people. */
    subject: text(256),
    issuer: text(256),
    names: Type.Array(text(253), { maxItems: 10 }),
    /** Milliseconds since 1970. */
    notBefore: Type.Number(),
    notAfter: Type.Number(),
    /** SHA-256, hexadecimal. */
    fingerprint: text(64),
    protocol: text(16),
  }),
  /** Milliseconds since 1970. */
  Type.Object({ kind: Type.Literal('clock'), at: Type.Number() }),
  /** It came to nothing, in words: TLS that was not agreed on, a name that does not resolve. */
  Type.Object({ kind: Type.Literal('failed'), reason: text(512) }),
  /** The agent does not do that: its policy forbids it, or it was asked too much. */
  Type.Object({ kind: Type.Literal('refused'), reason: text(512) }),
]);
export type ProbeAnswer = Static<typeof ProbeAnswer>;
export type AnswerOf<K extends Probe['kind']> = Extract<ProbeAnswer, { kind: K }>;
