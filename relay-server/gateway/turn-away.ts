import type { Channel } from '../../shared/channel.ts';
import { encodeReply, type Reply } from '../../shared/ftp/reply.ts';
import { GATEWAY_LIMITS } from '../../shared/limits.ts';
import { systemTimers } from '../../shared/time.ts';

/** Tells a client why it is not served, and closes. @param channel not started */
export function turnAway(channel: Channel, reply: Reply): void {
  const { closing } = GATEWAY_LIMITS;
  const cancel = systemTimers.after(closing, () => channel.reset('it did not close'));
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
