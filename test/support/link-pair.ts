/** Two links that resume, joined by carriers in memory, with a clock that the test moves by hand. */
import { Buffer } from 'node:buffer';
import type { MuxLimits } from '../../shared/mux/frame.ts';
import type { LinkClosed, LinkOptions } from '../../shared/mux/link-options.ts';
import { Link } from '../../shared/mux/link.ts';
import type { Stream } from '../../shared/mux/stream.ts';
import { memoryCarriers, type MemoryCarrier } from './memory-carrier.ts';
import { StreamRecorder } from './stream-recorder.ts';

export const GRACE = 60_000;

/** One end, with what it was told. */
export class PairEnd {
  readonly link: Link;
  readonly opened: { stream: Stream; recorder: StreamRecorder }[] = [];
  readonly closes: LinkClosed[] = [];
  readonly goneAway: number[] = [];
  readonly lost: { reason: string; left: number }[] = [];
  readonly resumed: number[] = [];
  busy = 0;

  constructor(options: Pick<LinkOptions, 'side' | 'clock' | 'defer'> & Partial<LinkOptions>) {
    this.link = new Link({
      grace: GRACE,
      resetCodes: new Map([[7, 'seven']]),
      closeCodes: new Map([[9, 'nine']]),
      onOpen: (stream) => this.opened.push({ stream, recorder: StreamRecorder.on(stream) }),
      onClosed: (why) => this.closes.push(why),
      onGoAway: (code) => this.goneAway.push(code),
      onCarrierLost: (lost) => this.lost.push(lost),
      onResumed: (milliseconds) => this.resumed.push(milliseconds),
      onBusy: () => (this.busy += 1),
      ...options,
    });
  }

  open(priority: 'control' | 'bulk' = 'bulk'): { stream: Stream; recorder: StreamRecorder } {
    const stream = this.link.open(Buffer.from('request'), { priority });
    return { stream, recorder: StreamRecorder.on(stream) };
  }
}

export class LinkPair {
  readonly agent: PairEnd;
  readonly relay: PairEnd;
  readonly carriers: [MemoryCarrier, MemoryCarrier][] = [];
  readonly #due: (() => void)[] = [];
  now = 0;

  /** @param carriers attached at first */
  constructor(
    carriers = 1,
    limits: Partial<MuxLimits> = {},
    options: Partial<Pick<LinkOptions, 'windows'>> = {},
  ) {
    const common = {
      clock: () => this.now,
      defer: (run: () => void) => void this.#due.push(run),
      limits,
      ...options,
    };
    this.agent = new PairEnd({ side: 'agent', ...common });
    this.relay = new PairEnd({ side: 'relay', ...common });
    for (let count = 0; count < carriers; count += 1) this.attach();
  }

  attach(): [MemoryCarrier, MemoryCarrier] {
    const pair = memoryCarriers();
    this.carriers.push(pair);
    this.agent.link.attach(pair[0]);
    this.relay.link.attach(pair[1]);
    return pair;
  }

  /** A carrier ends at both ends. What is under way on it is lost. */
  lose(index: number): void {
    const [pair] = this.carriers.splice(index, 1);
    pair?.[0].terminate();
    for (const carrier of pair ?? []) while (carrier.step());
    this.turn();
  }

  turn(): void {
    for (let run = this.#due.shift(); run !== undefined; run = this.#due.shift()) run();
  }

  /** Lets everything travel, on these carriers. */
  run(carriers = this.carriers): void {
    this.turn();
    while (carriers.flat().some((carrier) => carrier.step())) this.turn();
  }

  /** Time passes, a second at a time. @param carriers that work meanwhile */
  pass(milliseconds: number, carriers = this.carriers): void {
    for (const end = this.now + milliseconds; this.now < end;) {
      this.now = Math.min(end, this.now + 1000);
      this.agent.link.tick();
      this.relay.link.tick();
      this.run(carriers);
    }
  }
}
