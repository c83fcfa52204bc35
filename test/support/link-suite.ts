/**
 * What a link must do whatever carries it. The same tests run over memory, TCP and WebSocket: each hands in
 * a factory of two joined carriers.
 */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { describe, test } from 'node:test';
import type { Carrier } from '../../shared/mux/carrier.ts';
import type { MuxLimits } from '../../shared/mux/frame.ts';
import type { LinkClosed } from '../../shared/mux/link-options.ts';
import { Link } from '../../shared/mux/link.ts';
import type { Side } from '../../shared/mux/stream-ids.ts';
import type { Stream } from '../../shared/mux/stream.ts';
import { StreamRecorder } from './stream-recorder.ts';

export type CarrierFactory = () => Promise<readonly [Carrier, Carrier]>;

/** One end of a link, with what it reports. */
export class LinkEnd {
  readonly link: Link;
  readonly opened: { stream: Stream; request: string }[] = [];
  readonly goneAway: { code: number; reason: string }[] = [];
  readonly closes: LinkClosed[] = [];
  readonly #waiters = new Set<() => void>();
  /** What becomes of a stream the peer opens; by default it waits in `opened`. */
  onOpen: ((stream: Stream, request: string) => void) | undefined;

  constructor(side: Side, limits?: Partial<MuxLimits>, clock = () => performance.now()) {
    this.link = new Link({
      side,
      clock,
      ...(limits === undefined ? {} : { limits }),
      resetCodes: new Map([[7, 'seven']]),
      onOpen: (stream, bytes) => {
        const request = Buffer.from(bytes).toString('latin1');
        this.opened.push({ stream, request });
        this.onOpen?.(stream, request);
        this.#wake();
      },
      onClosed: (why) => {
        this.closes.push(why);
        this.#wake();
      },
      onGoAway: (code, reason) => {
        this.goneAway.push({ code, reason });
        this.#wake();
      },
    });
  }

  open(request: string, priority: 'control' | 'bulk' = 'bulk'): Stream {
    return this.link.open(Buffer.from(request, 'latin1'), { priority });
  }

  async accepted(index = 0): Promise<Stream> {
    await this.until(() => this.opened.length > index);
    return this.opened[index]!.stream;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#waiters.add(resolve);
      });
    }
  }

  #wake(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }
}

async function joined(factory: CarrierFactory): Promise<{ agent: LinkEnd; relay: LinkEnd }> {
  const [agentCarrier, relayCarrier] = await factory();
  const agent = new LinkEnd('agent');
  const relay = new LinkEnd('relay');
  agent.link.attach(agentCarrier);
  relay.link.attach(relayCarrier);
  return { agent, relay };
}

async function leave(...ends: LinkEnd[]): Promise<void> {
  for (const end of ends) end.link.close('done', 'test over');
  await Promise.all(ends.map((end) => end.until(() => end.closes.length === 1)));
  for (const end of ends) assert.equal(end.link.streamCount, 0, 'no stream is left behind');
}

/** Writes everything, stopping when told to. In copies: what is written is the channel's to alter. */
function pour(stream: Stream, recorder: StreamRecorder, bytes: Uint8Array, chunk: number): void {
  let at = 0;
  const more = (): void => {
    while (at < bytes.length) {
      const end = Math.min(at + chunk, bytes.length);
      const goOn = stream.write(Uint8Array.prototype.slice.call(bytes, at, end));
      at = end;
      if (!goOn) return;
    }
    stream.end();
  };
  recorder.onDrain = more;
  more();
}

/** Declares the suite. */
export function linkSuite(name: string, factory: CarrierFactory): void {
  describe(`link over ${name}`, { timeout: 20_000 }, () => {
    for (const opener of ['agent', 'relay'] as const) {
      test(`request and first bytes arrive without a round trip, opened by the ${opener}`, async () => {
        const ends = await joined(factory);
        const from = ends[opener];
        const to = opener === 'agent' ? ends.relay : ends.agent;
        const stream = from.open('dial 21');
        stream.write(Buffer.from('hello'));
        const sender = StreamRecorder.on(stream);
        const receiver = StreamRecorder.on(await to.accepted());
        assert.equal(to.opened[0]?.request, 'dial 21');
        await receiver.until((r) => r.text === 'hello');
        to.opened[0]?.stream.write(Buffer.from('welcome'));
        await sender.until((r) => r.text === 'welcome');
        await leave(from, to);
      });
    }

    test('half-close both ways: each direction ends by itself', async () => {
      const { agent, relay } = await joined(factory);
      const stream = relay.open('');
      const near = StreamRecorder.on(stream);
      stream.write(Buffer.from('question'));
      stream.end();
      const back = await agent.accepted();
      const far = StreamRecorder.on(back);
      await far.until((r) => r.calls.includes('end'));
      assert.equal(far.text, 'question');
      assert.equal(near.isClosed, false);
      back.write(Buffer.from('answer after the end'));
      back.end();
      await Promise.all([near.untilClosed(), far.untilClosed()]);
      assert.equal(near.text, 'answer after the end');
      assert.deepEqual(near.calls, ['flushed', 'data', 'end', 'closed']);
      assert.deepEqual(far.calls, ['data', 'end', 'flushed', 'closed']);
      assert.equal(near.broken, undefined);
      assert.equal(far.broken, undefined);
      await leave(agent, relay);
    });

    test('a reset is a reset at the other end, with its code and reason', async () => {
      const { agent, relay } = await joined(factory);
      const stream = relay.open('');
      const near = StreamRecorder.on(stream);
      const far = StreamRecorder.on(await agent.accepted());
      stream.resetWith(7, 'no longer wanted');
      await Promise.all([near.untilClosed(), far.untilClosed()]);
      assert.deepEqual(far.broken, { by: 'peer', code: 'seven', reason: 'no longer wanted' });
      assert.deepEqual(near.broken, { by: 'self', code: 'seven', reason: 'no longer wanted' });
      assert.deepEqual(far.calls, ['closed']);
      await leave(agent, relay);
    });

    test('a refused stream breaks at its opener', async () => {
      const { agent, relay } = await joined(factory);
      agent.onOpen = (stream) => stream.refuse(99, 'not that port');
      const near = StreamRecorder.on(relay.open('dial 25'));
      await near.untilClosed();
      assert.deepEqual(near.broken, { by: 'peer', code: 'reset-99', reason: 'not that port' });
      await leave(agent, relay);
    });

    test('megabytes both ways at once arrive whole, and the writers are woken', async () => {
      const { agent, relay } = await joined(factory);
      const up = randomBytes(3_000_000);
      const down = randomBytes(3_000_001);
      const stream = agent.open('');
      const near = StreamRecorder.on(stream);
      pour(stream, near, up, 50_000);
      const back = await relay.accepted();
      const far = StreamRecorder.on(back);
      pour(back, far, down, 777_777);
      await Promise.all([near.untilClosed(), far.untilClosed()]);
      assert.ok(Buffer.concat(far.chunks).equals(up));
      assert.ok(Buffer.concat(near.chunks).equals(down));
      assert.ok(near.calls.includes('drain'));
      assert.equal(stream.bytesSent, up.length);
      assert.equal(stream.bytesReceived, down.length);
      await leave(agent, relay);
    });

    test('a slow reader stops only its own stream', async () => {
      const { agent, relay } = await joined(factory);
      const slow = relay.open('slow');
      const slowNear = StreamRecorder.on(slow);
      const bytes = randomBytes(4_000_000);
      pour(slow, slowNear, bytes, 64 * 1024);
      const slowFar = await agent.accepted(0);
      slowFar.pause();
      const slowReader = StreamRecorder.on(slowFar);
      const quick = relay.open('quick');
      pour(quick, StreamRecorder.on(quick), bytes, 64 * 1024);
      const quickReader = StreamRecorder.on(await agent.accepted(1));
      await quickReader.until((r) => r.calls.includes('end'));
      assert.equal(quickReader.bytes, bytes.length);
      assert.equal(slowReader.bytes, 0);
      assert.ok(slowFar.bytesHeld <= 1024 * 1024, 'at most a window is held');
      assert.ok(slow.bytesHeld <= 256 * 1024 + 64 * 1024, 'the writer was stopped');
      slowFar.resume();
      await slowReader.until((r) => r.calls.includes('end'));
      assert.ok(Buffer.concat(slowReader.chunks).equals(bytes));
      await leave(agent, relay);
    });

    test('closing a link breaks every stream at both ends and is told once', async () => {
      const { agent, relay } = await joined(factory);
      const near = StreamRecorder.on(relay.open(''));
      const far = StreamRecorder.on(await agent.accepted());
      relay.link.close('superseded', 'a newer link');
      relay.link.close('again', 'too late');
      await Promise.all([near.untilClosed(), far.untilClosed()]);
      await Promise.all([relay, agent].map((end) => end.until(() => end.closes.length > 0)));
      assert.deepEqual(near.broken, { by: 'carrier', code: 'superseded', reason: 'a newer link' });
      assert.equal(far.broken?.by, 'carrier');
      assert.equal(far.broken?.code, 'link-lost');
      assert.deepEqual(relay.closes, [{ by: 'self', code: 'superseded', reason: 'a newer link' }]);
      assert.equal(agent.closes.length, 1);
      assert.equal(agent.closes[0]?.by, 'carrier');
      const late = await StreamRecorder.on(relay.open('late')).untilClosed();
      assert.equal(late.broken?.code, 'superseded');
    });

    test('a link that ends breaks bulk streams before the control streams they belong to', async () => {
      const { agent, relay } = await joined(factory);
      const told: string[] = [];
      const tell = (stream: Stream, name: string): void =>
        stream.start({
          data: () => {},
          end: () => {},
          drain: () => {},
          flushed: () => {},
          closed: () => told.push(name),
        });
      tell(relay.open('', 'control'), 'control');
      tell(relay.open('', 'bulk'), 'bulk');
      await agent.accepted(1);
      relay.link.close('superseded', 'a newer link');
      await relay.until(() => relay.closes.length > 0);
      assert.deepEqual(told, ['bulk', 'control']);
      await leave(agent);
    });

    test('go-away: no new streams, open ones go on', async () => {
      const { agent, relay } = await joined(factory);
      const stream = agent.open('old');
      const near = StreamRecorder.on(stream);
      const back = await relay.accepted();
      const far = StreamRecorder.on(back);
      relay.link.goAway(0, 'restarting');
      relay.link.goAway(1, 'again');
      // Opened before the news came.
      const crossing = StreamRecorder.on(agent.open('crossing'));
      await crossing.untilClosed();
      assert.equal(crossing.broken?.code, 'going-away');
      assert.deepEqual(agent.goneAway, [{ code: 0, reason: 'restarting' }]);
      const late = await StreamRecorder.on(agent.open('late')).untilClosed();
      assert.deepEqual(late.broken, { by: 'peer', code: 'going-away', reason: 'restarting' });
      stream.write(Buffer.from('still here'));
      stream.end();
      back.end();
      await Promise.all([near.untilClosed(), far.untilClosed()]);
      assert.equal(far.text, 'still here');
      assert.equal(relay.opened.length, 1);
      await leave(agent, relay);
    });
  });
}
