/**
 * Two links joined in memory, driven one small step at a time, beside the plainest account of what they
 * should do: for each direction of each stream an array of the bytes written.
 */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import type { MuxLimits } from '../../shared/mux/frame.ts';
import { Link } from '../../shared/mux/link.ts';
import type { Stream } from '../../shared/mux/stream.ts';
import { MUX_LIMITS } from '../../shared/limits.ts';
import { memoryCarriers, type MemoryCarrier } from './memory-carrier.ts';
import { StreamRecorder } from './stream-recorder.ts';

/** Small, so that every bound is met often. */
const LIMITS: Partial<MuxLimits> = {
  dataPayload: 100,
  initialCredit: 64,
  bulkWindow: 256,
  mostWindow: 1024,
  linkWindows: 3000,
  carriers: 5,
  spreadAfter: 1,
  controlWindow: 64,
  streamBacklog: 128,
  carrierBacklog: 256,
  quantum: 100,
  smallChunk: 16,
};
const ALL: MuxLimits = { ...MUX_LIMITS, ...LIMITS };
/** Largest write, and what one more frame may add to a backlog that is not yet full. */
const MOST_WRITTEN = 400;
const ONE_FRAME = 16 + 100;
/** GOAWAY alone passes the bound, once. */
const REASON = 'by the model';
const GO_AWAY = 16 + REASON.length;
/** PING and PONG, which an attachment and a tick may add. */
const PINGS = 4 * 16;
/** Longer than any model runs. */
const GRACE = 1e9;

export const MUX_OPS = [
  ...(['open', 'write', 'end', 'reset', 'pause', 'resume'] as const),
  ...(['step', 'turn', 'goAway'] as const),
] as const;
/** Only where the link resumes. */
export const CARRIER_OPS = ['kill', 'attach', 'tick'] as const;

export interface Op {
  what: (typeof MUX_OPS)[number] | (typeof CARRIER_OPS)[number];
  side: number;
  pick: number;
  size: number;
}

/** One end of a stream. */
interface End {
  stream: Stream;
  recorder: StreamRecorder;
  written: number[];
  blocked: boolean;
  ended: boolean;
  reset: boolean;
}

export class MuxModel {
  readonly #due: (() => void)[] = [];
  readonly #split: () => number;
  readonly #resumes: boolean;
  #carriers: (readonly [MemoryCarrier, MemoryCarrier])[] = [];
  readonly #links: readonly [Link, Link];
  /** Ends by side, then by stream id. */
  readonly #ends: readonly [Map<number, End>, Map<number, End>] = [new Map(), new Map()];
  readonly #closes = [0, 0];
  readonly #wentAway = [false, false];
  #now = 0;

  /**
   * @param cuts sizes of the pieces that travel, over and over
   * @param carriers how many at first, if the link is to resume; otherwise there is one
   */
  constructor(cuts: readonly number[], carriers = 0) {
    let next = 0;
    this.#split = () => cuts[(next += 1) % cuts.length] ?? 1;
    this.#resumes = carriers > 0;
    this.#links = [this.#link(0), this.#link(1)];
    for (let count = 0; count < Math.max(1, carriers); count += 1) this.#attach();
  }

  apply(op: Op): void {
    if (op.what === 'open') return this.#open(op);
    if (op.what === 'step') return void this.#carrier(op.pick)?.[side(op)].step();
    if (op.what === 'kill') return this.#kill(op);
    if (op.what === 'attach') return this.#attach();
    if (op.what === 'tick') return this.#tick(op.size);
    if (op.what === 'turn') return this.#turn();
    if (op.what === 'goAway') return op.size === 1 ? this.#goAway(op.side) : undefined;
    const ends = [...this.#endsOf(op.side).values()];
    const end = ends[op.pick % Math.max(1, ends.length)];
    if (end === undefined) return undefined;
    if (op.what === 'write') this.#write(end, op.size);
    else if (op.what === 'end') this.#end(end);
    else if (op.what === 'pause') end.stream.pause();
    else if (op.what === 'resume') end.stream.resume();
    // A reset ends a stream for good; often would leave little to test.
    else if (op.size < 60) this.#reset(end);
    return undefined;
  }

  /** Everything that is held is within its bound. */
  assertBounded(): void {
    for (const carrier of this.#carriers.flat()) {
      assert.ok(
        carrier.backlog < ALL.carrierBacklog + ONE_FRAME + GO_AWAY + PINGS,
        `backlog ${carrier.backlog}`,
      );
    }
    for (const { facts, streamCount } of this.#links) {
      const most = ALL.linkWindows + streamCount * ALL.initialCredit;
      assert.ok(facts.windows <= most, `windows ${facts.windows}`);
      assert.ok(facts.unacknowledged < ALL.linkWindows + ONE_FRAME, 'kept beyond the budget');
    }
    for (const side of [0, 1]) {
      for (const [id, end] of this.#endsOf(side)) {
        const window = end.stream.priority === 'bulk' ? ALL.mostWindow : ALL.controlWindow;
        const most = window + ALL.streamBacklog + MOST_WRITTEN;
        assert.ok(end.stream.bytesHeld <= most, `held ${end.stream.bytesHeld}`);
        const undelivered = end.stream.bytesReceived - end.recorder.bytes;
        if (end.recorder.broken === undefined) assert.ok(undelivered <= window, `stream ${id}`);
        this.#assertPrefix(side, id, end);
      }
    }
  }

  /** Ends and resumes every stream and lets everything travel. */
  settle(): void {
    if (this.#carriers.length === 0) this.#attach();
    for (const side of [0, 1]) for (const end of this.#endsOf(side).values()) this.#end(end);
    this.run();
    for (const side of [0, 1]) {
      for (const end of this.#endsOf(side).values()) {
        end.stream.resume();
        this.#end(end);
      }
    }
    this.run();
  }

  /** After {@link settle}: nothing is stuck, nothing is missing. */
  assertSettled(): void {
    for (const side of [0, 1]) {
      const { streamCount, lingering, facts } = this.#links[side]!;
      assert.deepEqual({ streamCount, lingering }, { streamCount: 0, lingering: 0 });
      assert.equal(this.#closes[side], 0);
      assert.deepEqual([facts.unacknowledged, facts.windows], [0, 0], 'memory is given back');
      for (const [id, end] of this.#endsOf(side)) {
        const peer = this.#endsOf(1 - side).get(id);
        assert.ok(end.recorder.isClosed, `stream ${id} is stuck`);
        this.#assertPrefix(side, id, end);
        if (end.recorder.broken === undefined) {
          assert.deepEqual(Buffer.concat(end.recorder.chunks), Buffer.from(peer?.written ?? []));
          assert.ok(end.recorder.calls.includes('end') && end.recorder.calls.includes('flushed'));
        } else {
          // The refusal itself may be lost with its carrier: then the opener hears that nothing is there.
          const refused = this.#wentAway[1 - side] === true && peer === undefined;
          assert.ok(end.reset || peer?.reset === true || refused, 'broken by nobody');
        }
      }
    }
  }

  breakCarrier(side: number): void {
    this.#carriers[0]?.[side === 0 ? 0 : 1].terminate();
  }

  assertBroken(): void {
    assert.deepEqual(this.#closes, [1, 1]);
    for (const side of [0, 1]) {
      assert.equal(this.#links[side]?.streamCount, 0);
      for (const [id, end] of this.#endsOf(side)) {
        assert.ok(end.recorder.isClosed);
        this.#assertPrefix(side, id, end);
      }
    }
  }

  /** Lets everything travel until nothing moves. */
  run(): void {
    for (let moved = true; moved;) {
      this.#turn();
      const carriers = this.#carriers.flat();
      moved = carriers.map((carrier) => carrier.step()).includes(true) || this.#due.length > 0;
    }
  }

  #link(side: 0 | 1): Link {
    return new Link({
      side: side === 0 ? 'agent' : 'relay',
      limits: LIMITS,
      clock: () => this.#now,
      ...(this.#resumes && { grace: GRACE }),
      defer: (run) => this.#due.push(run),
      onOpen: (stream) => this.#keep(side, stream),
      onClosed: () => (this.#closes[side]! += 1),
      onGoAway: () => {},
    });
  }

  /** Another carrier, as long as there are not too many. */
  #attach(): void {
    if (this.#carriers.length >= 4) return;
    const pair = memoryCarriers(this.#split);
    this.#carriers.push(pair);
    for (const end of [0, 1] as const) this.#links[end].attach(pair[end]);
  }

  /** A carrier ends, wherever its frames are; each side learns of it by a step of its own. */
  #kill(op: Op): void {
    const pair = this.#carrier(op.pick);
    if (pair === undefined) return;
    pair[side(op)].terminate();
    for (const carrier of pair) while (carrier.step());
    this.#carriers = this.#carriers.filter((one) => one !== pair);
  }

  #tick(milliseconds: number): void {
    this.#now += milliseconds;
    for (const link of this.#links) link.tick();
  }

  #carrier(pick: number): readonly [MemoryCarrier, MemoryCarrier] | undefined {
    return this.#carriers[pick % Math.max(1, this.#carriers.length)];
  }

  #endsOf(side: number): Map<number, End> {
    return this.#ends[side === 0 ? 0 : 1];
  }

  #keep(side: number, stream: Stream): void {
    const recorder = StreamRecorder.on(stream);
    const end = { stream, recorder, written: [], blocked: false, ended: false, reset: false };
    recorder.onDrain = () => (end.blocked = false);
    // Id 0: the link could not open it.
    if (stream.id !== 0) this.#endsOf(side).set(stream.id, end);
  }

  #open(op: Op): void {
    const priority = op.pick % 2 === 0 ? 'bulk' : 'control';
    this.#keep(op.side, this.#links[op.side]!.open(Buffer.alloc(op.pick), { priority }));
  }

  #write(end: End, size: number): void {
    if (end.blocked || end.ended || end.reset || end.recorder.isClosed) return;
    const bytes = Uint8Array.from({ length: size }, (_, at) => (end.written.length + at) % 251);
    end.written.push(...bytes);
    end.blocked = !end.stream.write(bytes);
  }

  #end(end: End): void {
    end.stream.end();
    end.ended = true;
  }

  #reset(end: End): void {
    if (!end.recorder.isClosed) end.reset = true;
    end.stream.reset(REASON);
  }

  #goAway(side: number): void {
    this.#wentAway[side] = true;
    this.#links[side]?.goAway(0, REASON);
  }

  #turn(): void {
    for (const run of this.#due.splice(0)) run();
  }

  #assertPrefix(side: number, id: number, end: End): void {
    const got = Buffer.concat(end.recorder.chunks);
    const written = this.#endsOf(1 - side).get(id)?.written ?? [];
    assert.ok(got.length <= written.length, `stream ${id}: more than was written`);
    assert.ok(got.equals(Buffer.from(written.slice(0, got.length))), `stream ${id}: other bytes`);
  }
}

function side(op: Op): 0 | 1 {
  return op.side === 0 ? 0 : 1;
}
