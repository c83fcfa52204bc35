import type { ChannelBroken } from '../channel.ts';
import type { Carrier } from './carrier.ts';
import type { MuxLimits, OutgoingFrame } from './frame.ts';
import type { Priority } from './ring.ts';
import type { KeptBytes } from './sent-log.ts';
import type { Stream } from './stream.ts';
import type { Window } from './window.ts';

/** What a stream needs of its link. */
export interface StreamHost {
  readonly limits: MuxLimits;
  /** What is kept until it is acknowledged; undefined if the link does not outlive its carrier. */
  readonly kept: KeptBytes | undefined;
  /** Milliseconds that never go back. */
  now(): number;
  /** Shortest round trip of the link, in milliseconds. */
  roundTrip(): number | undefined;
  /** The stream has an urgent frame. */
  urgent(stream: Stream): void;
  /** The stream has data or FIN to send and credit for it. */
  ready(stream: Stream): void;
  /** It would be ready, but for what the link keeps already. */
  waitForRoom(stream: Stream): void;
  /** Calls {@link Stream.owedAck} at the next tick. */
  ackLater(stream: Stream): void;
  /** Its window has grown: {@link Stream.rest} is called when nothing came for a while. */
  windowGrew(stream: Stream): void;
  /** Data that was sent on a carrier has reached the peer. */
  readonly arrived: (carrier: Carrier) => void;
  /** The peer knows a stream that was opened here: its frames may travel on any carrier now. */
  confirmed(stream: Stream): void;
  /** Calls {@link Stream.tell} later, never from within the present call. */
  tellLater(stream: Stream): void;
  /** The stream is over; called once. */
  over(stream: Stream): void;
  /** It is over, and neither end has anything to say of it any more; called once. */
  settled(stream: Stream): void;
  /** Stable word for a RESET code. */
  resetWord(code: number): string;
}

/** How a stream begins. */
export interface StreamBeginning {
  readonly id: number;
  readonly priority: Priority;
  /** OPEN, if this side opens it. */
  readonly open?: OutgoingFrame;
  /** Bytes that may be sent before the first CREDIT. @throws ProtocolFault `credit-overflow` */
  readonly sendCredit: number;
  readonly window: Window;
  /** Bytes the peer may send before the first CREDIT. */
  readonly receiveCredit: number;
  /** Called once when the stream is over, whether or not anybody consumes it. */
  readonly over?: ((broken?: ChannelBroken) => void) | undefined;
}
