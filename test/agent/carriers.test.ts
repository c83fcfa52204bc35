import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';
import { Carriers } from '../../agent/carriers.ts';
import { FinalRefusal, type Dialled } from '../../agent/connect.ts';
import { NetworkWatch } from '../../agent/network-watch.ts';
import { GangwayError } from '../../shared/errors.ts';
import { LinkPair } from '../support/link-pair.ts';
import { memoryCarriers, type MemoryCarrier } from '../support/memory-carrier.ts';

/** An agent's end of a link whose dials the test answers. */
class Bench {
  readonly pair = new LinkPair(0);
  readonly dials: PromiseWithResolvers<Dialled>[] = [];
  readonly refusals: FinalRefusal[] = [];
  addresses = new Set(['192.0.2.1']);
  readonly carriers: Carriers;

  constructor(t: TestContext, grace = 60_000, most = 5) {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { link } = this.pair.agent;
    this.carriers = new Carriers({
      link,
      dial: () => {
        const dial = Promise.withResolvers<Dialled>();
        this.dials.push(dial);
        return dial.promise;
      },
      most,
      refused: (why) => this.refusals.push(why),
      logger: pino({ enabled: false }),
      network: new NetworkWatch(() => this.addresses),
      now: () => this.pair.now,
    });
    this.carriers.begin(this.#dialled(grace));
    t.after(() => this.carriers.close());
  }

  get count(): number {
    return this.pair.agent.link.carrierCount;
  }

  /** Answers the oldest dial. */
  async answer(error?: Error): Promise<void> {
    const dial = this.dials.shift();
    if (error === undefined) dial?.resolve(this.#dialled(60_000));
    else dial?.reject(error);
    await nextTurn();
  }

  /** A carrier of the agent's ends. */
  lose(carrier: MemoryCarrier): void {
    carrier.terminate();
    while (carrier.step());
    this.carriers.lost({ reason: 'cut', left: this.count });
  }

  tick(milliseconds: number): void {
    this.pair.now += milliseconds;
    this.carriers.tick();
  }

  #dialled(grace: number): Dialled {
    const pair = memoryCarriers();
    this.pair.carriers.push(pair);
    this.pair.relay.link.attach(pair[1]);
    return { carrier: pair[0], address: '198.51.100.1', localAddress: '192.0.2.1', grace };
  }
}

const unreachable = () => new GangwayError('relay-unreachable', 'no answer');

test('a link has two carriers at rest, and all when bytes move in earnest', async (t) => {
  const bench = new Bench(t);
  assert.equal(bench.dials.length, 1);
  await bench.answer();
  assert.equal(bench.count, 2);
  bench.carriers.busy();
  assert.equal(bench.dials.length, 3);
  for (let count = 0; count < 3; count += 1) await bench.answer();
  assert.deepEqual([bench.count, bench.dials.length], [5, 0]);
});

test('carriers that a minute of rest shows to be too many are retired', async (t) => {
  const bench = new Bench(t);
  bench.carriers.busy();
  for (let count = 0; count < 4; count += 1) await bench.answer();
  bench.pair.run();
  for (let second = 0; second < 59; second += 1) bench.tick(1000);
  assert.equal(bench.count, 5);
  bench.tick(1000);
  assert.equal(bench.count, 2);
  bench.tick(1000);
  assert.deepEqual([bench.count, bench.dials.length], [2, 0]);
});

test('a relay that does not resume gets one carrier', (t) => {
  const bench = new Bench(t, 0);
  bench.carriers.busy();
  bench.tick(1000);
  assert.equal(bench.dials.length, 0);
});

test('without a carrier another is dialled at once, and again while that one hangs', async (t) => {
  const bench = new Bench(t, 60_000, 1);
  bench.lose(bench.pair.carriers[0]![0]);
  assert.deepEqual([bench.count, bench.dials.length], [0, 1]);
  for (let second = 0; second < 20; second += 1) bench.tick(1000);
  assert.equal(bench.dials.length, 3, 'no more than three at once');
  await bench.answer();
  assert.equal(bench.count, 1);
  assert.equal(bench.pair.agent.resumed.length, 1);
});

test('dials that fail are repeated ever more seldom, but often enough for the grace', async (t) => {
  const bench = new Bench(t, 60_000, 1);
  bench.lose(bench.pair.carriers[0]![0]);
  let dials = 0;
  for (let tenth = 0; tenth < 300; tenth += 1) {
    bench.pair.now += 100;
    t.mock.timers.tick(100);
    while (bench.dials.length > 0) {
      dials += 1;
      await bench.answer(unreachable());
    }
  }
  assert.ok(dials >= 15 && dials <= 40, `${dials} dials in half a minute`);
});

test('a change of the network ends carriers of addresses that are gone, and all waiting', async (t) => {
  const bench = new Bench(t, 60_000, 1);
  bench.pair.run();
  bench.tick(1000);
  assert.equal(bench.count, 1);
  bench.addresses = new Set(['203.0.113.7']);
  bench.tick(1000);
  assert.equal(bench.pair.carriers[0]![0].step(), true);
  bench.carriers.lost({ reason: 'gone', left: 0 });
  assert.deepEqual([bench.count, bench.dials.length], [0, 1]);
});

test('a relay that does not know the link was restarted: everything of it ends', async (t) => {
  const bench = new Bench(t);
  const { recorder } = bench.pair.agent.open();
  await bench.answer(new GangwayError('link-unknown', 'the relay has no such link'));
  bench.pair.turn();
  const broken = { by: 'carrier', code: 'relay-restarted', reason: 'the relay has no such link' };
  assert.deepEqual(recorder.broken, broken);
});

test('a relay that will not have the agent any more ends the link, and is not asked again', async (t) => {
  const bench = new Bench(t);
  await bench.answer(new FinalRefusal('credential-revoked', 'revoked'));
  bench.pair.turn();
  assert.equal(bench.refusals.length, 1);
  assert.equal(bench.pair.agent.closes[0]?.code, 'agent-revoked');
  assert.equal(bench.dials.length, 0);
});

test('a dial that succeeds when the link is over is hung up', async (t) => {
  const bench = new Bench(t);
  bench.carriers.close();
  await bench.answer();
  assert.equal(bench.count, 1);
});
