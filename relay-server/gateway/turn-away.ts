import type { Channel } from '../../shared/channel.ts';
import { encodeReply, type Reply } from '../../shared/ftp/reply.ts';
import { systemTimers } from '../../shared/time.ts';

/** How long a client that was turned away may take to read why. */
const TURN_AWAY_MS = 3000;

/** Tells a client why it is not served, and closes. @param channel not started */
export function turnAway(channel: Channel, reply: Reply): void {
  const cancel = systemTimers.after(TURN_AWAY_MS, () => channel.reset('it did not close'));
  channel.start({
    data: () => {},
    end: () => {},
    drain: () => {},
    flushed: () => {},
    closed: cancel,
  });
  channel.write(encodeReply(reply));
  channel.end();
}
