/**
 * The state of a stream and the one function that changes it. Pure.
 *
 * The two directions are independent facts, so they are two fields; a break ends both.
 * Credit, pausing and whether a consumer is there are no part of it.
 */
import type { ChannelBroken } from '../channel.ts';

/**
 * One direction of a live stream.
 * - `open`: bytes may follow. Left by the end being asked for (sending) or FIN arriving (receiving).
 * - `ending`: no bytes are added; what is queued goes first. Left when the end itself has passed on.
 * - `ended`: FIN was handed to the carrier (sending) or the end told to the consumer (receiving).
 */
type Direction = 'open' | 'ending' | 'ended';

/**
 * - `live`: at least one direction has not ended. Left when both have, or by a break.
 * - `over`: never left. `broken` is undefined after two orderly ends.
 */
export type StreamState =
  | { readonly is: 'live'; readonly sending: Direction; readonly receiving: Direction }
  | { readonly is: 'over'; readonly broken: ChannelBroken | undefined };

export type StreamEvent =
  | { readonly event: 'end-asked' | 'fin-sent' | 'fin-received' | 'end-told' }
  | { readonly event: 'broke'; readonly broken: ChannelBroken };

export const NEW_STREAM: StreamState = { is: 'live', sending: 'open', receiving: 'open' };

/** The state after an event. An event that does not apply changes nothing: the same object returns. */
export function nextState(state: StreamState, event: StreamEvent): StreamState {
  if (state.is === 'over') return state;
  switch (event.event) {
    case 'end-asked':
      return state.sending === 'open' ? settle('ending', state.receiving) : state;
    case 'fin-sent':
      return state.sending === 'ending' ? settle('ended', state.receiving) : state;
    case 'fin-received':
      return state.receiving === 'open' ? settle(state.sending, 'ending') : state;
    case 'end-told':
      return state.receiving === 'ending' ? settle(state.sending, 'ended') : state;
    case 'broke':
      break;
  }
  return { is: 'over', broken: event.broken };
}

/** The writer may add bytes. */
export function canWrite(state: StreamState): boolean {
  return state.is === 'live' && state.sending === 'open';
}

/** FIN is to follow once everything queued was sent. */
export function owesFin(state: StreamState): boolean {
  return state.is === 'live' && state.sending === 'ending';
}

/** The peer may add bytes. */
export function canReceive(state: StreamState): boolean {
  return state.is === 'live' && state.receiving === 'open';
}

/** The consumer is to be told of the peer's end once everything queued was delivered. */
export function owesEnd(state: StreamState): boolean {
  return state.is === 'live' && state.receiving === 'ending';
}

/** Nothing further happens on the stream, except that the consumer is told. */
export function isOver(state: StreamState): boolean {
  return state.is === 'over';
}

function settle(sending: Direction, receiving: Direction): StreamState {
  if (sending === 'ended' && receiving === 'ended') return { is: 'over', broken: undefined };
  return { is: 'live', sending, receiving };
}
