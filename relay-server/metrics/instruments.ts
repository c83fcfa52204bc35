import { Counter, Gauge, Histogram, type Registry } from '@prometheus-io/client';

/** Sets or adds to one series; labels in the order they were declared. */
export type Fill = (value: number, ...labels: readonly string[]) => void;

/** Values that are read when somebody asks for them. */
export interface Declared {
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  readonly labels?: readonly string[];
  /** Called at each collection, with an empty metric; series that are filled twice add up. */
  readonly fill: (add: Fill) => void;
}

/** Registers gauges and counters whose numbers are kept elsewhere. */
export class Instruments {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  gauge(declared: Declared): void {
    const metric: Gauge<string> = new Gauge({
      ...this.#common(declared),
      collect: () => refill(metric, declared),
    });
  }

  counter(declared: Declared): void {
    const metric: Counter<string> = new Counter({
      ...this.#common(declared),
      collect: () => refill(metric, declared),
    });
  }

  /** @param buckets upper bounds in seconds, ascending */
  histogram(
    { name, help, labels = [] }: Omit<Declared, 'fill'>,
    buckets: readonly number[],
  ): Histogram<string> {
    const registers = [this.#registry];
    return new Histogram({ name, help, labelNames: labels, registers, buckets: [...buckets] });
  }

  #common({ name, help, labels = [] }: Declared): {
    name: string;
    help: string;
    labelNames: readonly string[];
    registers: Registry[];
  } {
    return { name, help, labelNames: labels, registers: [this.#registry] };
  }
}

function refill(metric: Gauge<string> | Counter<string>, declared: Declared): void {
  const { labels = [], fill } = declared;
  metric.reset();
  fill((value, ...given) => {
    metric.inc(Object.fromEntries(labels.map((label, i) => [label, given[i] ?? ''])), value);
  });
}
