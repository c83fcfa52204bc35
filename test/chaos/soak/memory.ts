import { residentBytes } from '../../interop/resident-memory.ts';
import type { GangwayUnderFire } from '../gangway-under-fire.ts';

/** Resident memory of one life of a program, a value each ten seconds. */
export interface Life {
  readonly program: string;
  readonly pid: number;
  readonly samples: number[];
}

const SAMPLE_MS = 10_000;
const MB = 1e6;
/** Fewer say nothing: six minutes. */
const LEAST_SAMPLES = 36;
/** What a program may take more at the end than in the middle of its life. */
const GROWTH = 1.15;
const GROWTH_BYTES = 16e6;

/** Looks at the memory of relay and agents, whichever processes they are. */
export class Memory {
  readonly #gangway: GangwayUnderFire;
  readonly #lives: Life[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(gangway: GangwayUnderFire) {
    this.#gangway = gangway;
    this.#timer = setInterval(() => this.#look(), SAMPLE_MS);
    this.#look();
  }

  /** Stops looking; every life that was seen. */
  stop(): readonly Life[] {
    clearInterval(this.#timer);
    this.#look();
    return this.#lives;
  }

  #look(): void {
    const { relay, agents } = this.#gangway;
    this.#sample('relay', relay.pid);
    for (const [index, { pid }] of agents.entries()) this.#sample(`agent ${index + 1}`, pid);
  }

  #sample(program: string, pid: number): void {
    let bytes: number;
    try {
      bytes = residentBytes(pid);
    } catch {
      // It was killed and is not yet started again.
      return;
    }
    const known = this.#lives.find((life) => life.pid === pid);
    if (known === undefined) this.#lives.push({ program, pid, samples: [bytes] });
    else known.samples.push(bytes);
  }
}

/** Whether memory grew from the middle third to the last one; of short lives nobody knows. */
export function grew({ samples }: Life): boolean {
  if (samples.length < LEAST_SAMPLES) return false;
  const third = Math.floor(samples.length / 3);
  const [middle, last] = [mean(samples.slice(third, -third)), mean(samples.slice(-third))];
  return last > middle * GROWTH && last > middle + GROWTH_BYTES;
}

/** A Markdown table, a row a life. */
export function memoryTable(lives: readonly Life[]): string {
  const rows = lives.map((life) => {
    const { program, samples } = life;
    const megabytes = [samples[0] ?? 0, samples.at(-1) ?? 0, Math.max(...samples)];
    const cells = megabytes.map((bytes) => (bytes / MB).toFixed(0));
    const minutes = ((samples.length * SAMPLE_MS) / 60_000).toFixed(1);
    return `| ${program} | ${minutes} | ${cells.join(' | ')} | ${grew(life) ? '**yes**' : 'no'} |`;
  });
  return [
    '| program | life, min | MB at its start | at its end | most | grows |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
