import type { Channel } from '../shared/channel.ts';

/** The channel itself, with a look at what it delivers. */
export function tapped(channel: Channel, tap: (chunk: Uint8Array) => void): Channel {
  return {
    start: (consumer) =>
      channel.start({
        ...(consumer.borrows === true && { borrows: true }),
        data: (chunk, lease) => {
          tap(chunk);
          consumer.data(chunk, lease);
        },
        end: () => consumer.end(),
        drain: () => consumer.drain(),
        flushed: () => consumer.flushed(),
        closed: (broken) => consumer.closed(broken),
      }),
    write: (chunk, lease) => channel.write(chunk, lease),
    end: () => channel.end(),
    reset: (reason) => channel.reset(reason),
    pause: () => channel.pause(),
    resume: () => channel.resume(),
  };
}
