import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Joint, type JointOptions } from '../../agent/joint.ts';
import type { ChannelBroken } from '../../shared/channel.ts';
import type { Stream } from '../../shared/mux/stream.ts';
import { FakeChannel } from '../support/fake-channel.ts';

const LOST = { by: 'carrier', code: 'link-lost', reason: 'the line was down' } as const;

/** A stream and a connection, joined. */
class JointBench {
  readonly #deferred: (() => void)[] = [];
  readonly stream = new FakeChannel((run) => this.#deferred.push(run));
  readonly connection = new FakeChannel((run) => this.#deferred.push(run));
  readonly joint: Joint;
  /** What `over` was called with. */
  readonly over: (ChannelBroken | undefined)[] = [];

  constructor(options: Pick<JointOptions, 'whenBroken'> = {}) {
    this.joint = new Joint({
      stream: { resetWith: () => {} } as unknown as Stream,
      source: this.stream,
      over: (broken) => this.over.push(broken),
      ...options,
    });
  }

  settle(): this {
    for (let run = this.#deferred.shift(); run !== undefined; run = this.#deferred.shift()) run();
    return this;
  }

  connect(): this {
    this.joint.connect(this.connection);
    return this.settle();
  }

  breaks(): this {
    this.stream.break(LOST);
    return this.settle();
  }
}

describe('a stream and a connection made one', () => {
  it('the connection of a stream that breaks is reset, with its reason', () => {
    const bench = new JointBench().connect().breaks();
    assert.equal(bench.connection.resetWith, LOST.reason);
    assert.equal(bench.over.length, 1);
  });

  it('the reset may be put off: until then the connection is read, for nobody, and is not over', () => {
    const put: { broken: ChannelBroken; reset: () => void }[] = [];
    const bench = new JointBench({
      whenBroken: (broken, reset) => put.push({ broken, reset }),
    }).connect();
    bench.stream.room = false;
    bench.connection.say('226 what fills the stream\r\n');
    bench.settle();
    assert.ok(bench.connection.paused);
    bench.stream.take();
    bench.breaks();
    bench.connection.say('426 aborted\r\n');
    bench.settle();
    assert.equal(bench.connection.delivered, '226 what fills the stream\r\n426 aborted\r\n'.length);
    assert.equal(bench.stream.take(), '');
    assert.deepEqual([bench.connection.resetWith, bench.over.length], [undefined, 0]);
    assert.deepEqual(put[0]?.broken, LOST);
    put[0]?.reset();
    bench.settle();
    assert.equal(bench.connection.resetWith, LOST.reason);
    assert.equal(bench.over.length, 1);
  });

  it('a connection that comes when the stream is broken is reset at once, whoever would put that off', () => {
    const bench = new JointBench({ whenBroken: () => assert.fail('there is none yet') }).breaks();
    assert.equal(bench.over.length, 1);
    bench.connect();
    assert.equal(bench.connection.resetWith, LOST.reason);
  });
});
