import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { BandwidthLimit } from '../../../shared/gateway/bandwidth-limit.ts';
import { ThrottledChannel } from '../../../shared/gateway/throttled-channel.ts';
import { GATEWAY_LIMITS } from '../../../shared/limits.ts';
import { SessionBench } from '../../support/session-bench.ts';

const RATE = 100_000;
/** A limit so low that the first turn behind the burst takes more than a minute. */
const CRAWL = 10;
const CRAWL_TURN_MS = 103_000;
const STALL_MS = 60_000;

/** A session that is logged in, under a limit of its own. */
function throttled(rate: number): SessionBench {
  let limit: BandwidthLimit | undefined;
  const bench: SessionBench = new SessionBench({
    rules: {
      stall: STALL_MS,
      throttle: (channel) => {
        limit ??= new BandwidthLimit(() => rate, bench.timers);
        return new ThrottledChannel(channel, [limit]);
      },
    },
  });
  return bench.login();
}

describe('a transfer under a bandwidth limit', () => {
  it('a download takes its time, and 226 waits for the last byte whenever the server says it', () => {
    const bench = throttled(RATE);
    bench.passive();
    bench.clientSays('RETR a').serverSays('150 go');
    const client = bench.connect();
    bench.serverData.say(Buffer.alloc(5 * RATE, 'x'));
    bench.serverData.finish();
    bench.serverSays('226 sent');
    bench.advance(4000);
    assert.deepEqual([bench.replies(), client.ended], [['150 go'], false]);
    bench.advance(1000);
    assert.equal(client.take().length, 5 * RATE);
    assert.equal(client.ended, true);
    client.finish();
    assert.deepEqual(bench.settle().replies(), ['226 sent']);
  });

  it('an upload takes its time, and the server hears of its end after the last byte', () => {
    const bench = throttled(RATE);
    bench.passive();
    bench.clientSays('STOR a').serverSays('150 go');
    const client = bench.connect();
    client.say(Buffer.alloc(5 * RATE, 'x'));
    client.finish();
    bench.settle().advance(4000);
    assert.equal(bench.serverData.ended, false);
    bench.advance(1000);
    assert.equal(bench.serverData.take().length, 5 * RATE);
    assert.equal(bench.serverData.ended, true);
    bench.serverData.finish();
    bench.serverSays('226 stored');
    assert.deepEqual(bench.replies(), ['150 go', '226 stored']);
  });

  it('is not stalled while only the limit is in its way, however long that takes', () => {
    const bench = throttled(CRAWL);
    bench.passive();
    bench.clientSays('RETR a').serverSays('150 go');
    const client = bench.connect();
    bench.serverData.say(Buffer.alloc(2048));
    bench.settle();
    bench.advance(CRAWL_TURN_MS);
    assert.equal(client.take().length, 2048);
    assert.equal(client.resetWith, undefined);
    // Now it is the server that sends nothing.
    bench.advance(STALL_MS);
    assert.match(client.resetWith ?? '', /nothing moved/);
  });

  it('is stalled when its receiver takes nothing, though bytes are held back', () => {
    const bench = throttled(RATE);
    bench.passive();
    bench.clientSays('RETR a').serverSays('150 go');
    const client = bench.connect();
    client.room = false;
    bench.serverData.say(Buffer.alloc(5 * RATE));
    bench.settle();
    bench.advance(STALL_MS + 1000);
    assert.match(client.resetWith ?? '', /nothing moved/);
    assert.match(bench.serverData.resetWith ?? '', /nothing moved/);
  });

  it('is broken off at once by ABOR while it waits for its turn', () => {
    const bench = throttled(CRAWL);
    bench.passive();
    bench.clientSays('RETR a').serverSays('150 go');
    const client = bench.connect();
    bench.serverData.say(Buffer.alloc(4096));
    bench.settle();
    assert.equal(client.take().length, 1024);
    bench.clientSays('ABOR');
    assert.ok(client.resetWith !== undefined && bench.serverData.resetWith !== undefined);
    bench.advance(CRAWL_TURN_MS);
    assert.equal(client.take(), '');
  });

  it('is broken off at once when the client or the server resets it', () => {
    for (const who of ['client', 'server'] as const) {
      const bench = throttled(CRAWL);
      bench.passive();
      bench.clientSays('STOR a').serverSays('150 go');
      const client = bench.connect();
      bench.advance(GATEWAY_LIMITS.serverAccept);
      client.say(Buffer.alloc(4096));
      bench.settle();
      (who === 'client' ? client : bench.serverData).break();
      bench.settle();
      const other = who === 'client' ? bench.serverData : client;
      assert.match(other.resetWith ?? '', /ECONNRESET/);
      assert.equal(other.ended, false);
    }
  });
});
