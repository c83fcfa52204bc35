import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FRAME, frameOf, type OutgoingFrame } from '../../../shared/mux/frame.ts';
import { moveTo, type FrameSource, type Priority, type Ring } from '../../../shared/mux/ring.ts';
import { Outlet, Scheduler } from '../../../shared/mux/scheduler.ts';
import { MemoryCarrier } from '../../support/memory-carrier.ts';

class Source implements FrameSource {
  readonly id: number;
  readonly priority: Priority;
  bytes: number;
  urgent: OutgoingFrame[] = [];
  ring: Ring | undefined;

  constructor(id: number, priority: Priority, bytes: number) {
    this.id = id;
    this.priority = priority;
    this.bytes = bytes;
  }

  takeUrgent(): OutgoingFrame | undefined {
    return this.urgent.shift();
  }

  takeData(most: number): OutgoingFrame | undefined {
    const taken = Math.min(most, this.bytes);
    if (taken === 0) return undefined;
    this.bytes -= taken;
    return frameOf(FRAME.data, this.id, 0, new Uint8Array(taken));
  }
}

/** A scheduler with one carrier, which does everything. */
class Plan extends Scheduler {
  readonly outlet = new Outlet(new MemoryCarrier(), 100);

  constructor() {
    super({ dataPayload: 50, quantum: 100, streams: 3 });
  }

  ready(source: Source): void {
    moveTo(source, source.priority === 'bulk' ? this.outlet.ring : this.control);
    source.ring?.add(source);
  }

  take(): OutgoingFrame | undefined {
    return this.next(this.outlet, { lead: true, bulk: true });
  }
}

const scheduler = () => new Plan();

/** `stream:bytes` of every frame in the order it is sent. */
function drain(from: Plan, most = 1000): string[] {
  const order: string[] = [];
  for (let frame = from.take(); frame !== undefined; frame = from.take()) {
    order.push(`${frame.header.stream}:${frame.header.length}`);
    if (order.length >= most) break;
  }
  return order;
}

test('bulk streams take turns of one quantum, in frames of bounded size', () => {
  const plan = scheduler();
  for (const source of [new Source(1, 'bulk', 160), new Source(2, 'bulk', 300)]) plan.ready(source);
  const order = '1:50 1:50 2:50 2:50 1:50 1:10 2:50 2:50 2:50 2:50';
  assert.equal(drain(plan).join(' '), order);
});

test('a stream that has less than its quantum does not lend the rest to the next', () => {
  const plan = scheduler();
  for (const [id, bytes] of [
    [1, 30],
    [2, 200],
    [3, 200],
  ] as const) {
    plan.ready(new Source(id, 'bulk', bytes));
  }
  const bytesOf2BeforeHis = drain(plan).slice(1, 3);
  assert.deepEqual(bytesOf2BeforeHis, ['2:50', '2:50']);
});

test('control overtakes bulk', () => {
  const plan = scheduler();
  plan.ready(new Source(1, 'bulk', 500));
  assert.deepEqual(drain(plan, 1), ['1:50']);
  plan.ready(new Source(2, 'control', 70));
  assert.deepEqual(drain(plan, 3), ['2:50', '2:20', '1:50']);
});

test('urgent frames overtake all data, in the order they were announced', () => {
  const plan = scheduler();
  const bulk = new Source(1, 'bulk', 50);
  const control = new Source(2, 'control', 50);
  plan.ready(bulk);
  plan.ready(control);
  bulk.urgent.push(frameOf(FRAME.credit, 1, 0), frameOf(FRAME.ack, 1, 0));
  plan.urgent(bulk);
  control.urgent.push(frameOf(FRAME.reset, 2, 0));
  plan.urgent(control);
  plan.link(frameOf(FRAME.ping, 0, 1));
  assert.deepEqual(drain(plan), ['0:0', '1:0', '1:0', '2:0', '2:50', '1:50']);
});

test('a discarded stream sends no data but still its urgent frames', () => {
  const plan = scheduler();
  const source = new Source(1, 'bulk', 500);
  plan.ready(source);
  source.urgent.push(frameOf(FRAME.reset, 1, 0));
  plan.urgent(source);
  source.ring?.remove(source);
  assert.deepEqual(drain(plan), ['1:0']);
});

test('of link frames of one type only the newest waits', () => {
  const plan = scheduler();
  for (let token = 1; token <= 1000; token += 1) plan.outlet.own(frameOf(FRAME.pong, 0, token));
  plan.outlet.own(frameOf(FRAME.ping, 0, 5));
  assert.equal(plan.take()?.header.offset, 1000);
  assert.equal(plan.take()?.header.type, FRAME.ping);
  assert.equal(plan.take(), undefined);
});

test('a stream that is ready twice has one turn', () => {
  const plan = scheduler();
  const source = new Source(1, 'bulk', 50);
  plan.ready(source);
  plan.ready(source);
  assert.deepEqual(drain(plan), ['1:50']);
  source.bytes = 10;
  plan.ready(source);
  assert.deepEqual(drain(plan), ['1:10']);
});

test('only the lead carries frames of the link, urgent ones and control; bulk that is shared goes anywhere', () => {
  const plan = scheduler();
  const other = new Outlet(new MemoryCarrier(), 100);
  plan.ready(new Source(2, 'control', 10));
  plan.link(frameOf(FRAME.goAway, 0, 1));
  const shared = new Source(1, 'bulk', 120);
  moveTo(shared, plan.shared);
  plan.shared.add(shared);
  const sizes = (lead: boolean, outlet: Outlet) =>
    plan.next(outlet, { lead, bulk: true })?.header.length;
  assert.equal(sizes(false, other), 50);
  assert.equal(sizes(false, other), 50);
  assert.equal(sizes(true, plan.outlet), 0);
  assert.equal(sizes(true, plan.outlet), 10);
  assert.equal(sizes(true, plan.outlet), 20);
});

test('streams at home on a carrier and shared ones take turns, so neither starves', () => {
  const plan = scheduler();
  const shared = new Source(9, 'bulk', 500);
  moveTo(shared, plan.shared);
  plan.shared.add(shared);
  plan.ready(new Source(1, 'bulk', 500));
  assert.deepEqual(drain(plan, 4), ['1:50', '9:50', '1:50', '9:50']);
});

test('that streams are gone is told for a bounded number at once', () => {
  const plan = scheduler();
  for (const id of [1, 3, 5, 7, 3]) plan.gone(id);
  assert.deepEqual(drain(plan), ['1:0', '3:0', '5:0']);
});
