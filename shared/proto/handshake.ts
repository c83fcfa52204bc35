/**
 * How an agent reaches its relay: the enrolment request and the WebSocket upgrade. Both programs
 * read these names from here, so the two halves cannot drift apart.
 */

/** POST, JSON {@link EnrolRequest} → {@link EnrolResponse}; refusals are `{error: {code, message}}`. */
export const ENROL_PATH = '/agent/v1/enrol';
/** GET with `Upgrade: websocket` and `Authorization: Bearer <credential>`. */
export const LINK_PATH = '/agent/v1/link';
/** The WebSocket subprotocol; its number changes only when frames become incompatible. */
export const SUBPROTOCOL = 'gangway.v1';

/** Request headers of the upgrade, in lower case as Node delivers them. */
export const HEADERS = {
  /** Version of the agent, for people and for messages about versions that do not fit. */
  version: 'gangway-version',
  /** Random name of the link; carriers of one link carry the same. */
  link: 'gangway-link',
  /** {@link CARRIER_KINDS}; left out by agents whose links do not outlive their carrier. */
  carrier: 'gangway-carrier',
  /** In the answer: milliseconds the relay keeps the link without a carrier. Left out if it does not. */
  grace: 'gangway-grace',
} as const;

/** What a carrier is to its link: `first` makes one, `next` joins one that the relay must know. */
export const CARRIER_KINDS = ['first', 'next'] as const;
export type CarrierKind = (typeof CARRIER_KINDS)[number];

/** How an agent asks to have a carrier taken. */
export interface CarrierHello {
  /** Name of the link. */
  readonly link: string;
  /** Undefined: the link has this carrier and ends with it. */
  readonly kind: CarrierKind | undefined;
}

/** What an agent sends to turn its enrolment code into a credential of its own. */
export interface EnrolRequest {
  readonly code: string;
  /** The agent's host name, shown to the administrator. */
  readonly name: string;
  readonly version: string;
}

/** What it gets for it. */
export interface EnrolResponse {
  readonly agentId: string;
  /** The only time it is seen in clear. */
  readonly credential: string;
  readonly tunnel: { id: string; name: string; publicAddress: string };
}

/** Go-away codes of a link above the multiplexer's own (which are below 64). */
export const GO_AWAY = {
  /** The relay or agent drains: no new streams, running ones may finish. */
  draining: 64,
  /** The same agent has connected anew; this link gives way. */
  superseded: 65,
  /** The agent's credential was revoked, or its tunnel deleted. */
  revoked: 66,
  /** The peer broke a rule above the multiplexer's own. */
  misbehaved: 67,
  /** The program at the other end stops. */
  stopping: 68,
  /** The tunnel was deleted. */
  'tunnel-deleted': 69,
  /** The tunnel has another name or place; the agent is to connect again. */
  'tunnel-changed': 70,
} as const;

/** What streams of a link are told to have broken of, by the number it was closed with. */
export const LINK_CLOSE_WORDS: ReadonlyMap<number, string> = new Map([
  [GO_AWAY.draining, 'relay-stopped'],
  [GO_AWAY.superseded, 'agent-restarted'],
  [GO_AWAY.revoked, 'agent-revoked'],
  [GO_AWAY.stopping, 'agent-stopped'],
  [GO_AWAY['tunnel-deleted'], 'tunnel-deleted'],
  [GO_AWAY['tunnel-changed'], 'tunnel-changed'],
]);
