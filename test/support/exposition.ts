/** Reads what a collector is given: the text format of Prometheus, version 0.0.4. */
import assert from 'node:assert/strict';

export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposition {
  readonly series: readonly Series[];
  /** Kind by name of the metric. */
  readonly types: ReadonlyMap<string, string>;
  /** The sum of the series of a name with at least these labels; undefined if there is none. */
  readonly sum: (name: string, labels?: Readonly<Record<string, string>>) => number | undefined;
}

const HELP = /^# HELP ([a-zA-Z_:][\w:]*) \S.*$/;
const TYPE = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram|summary)$/;
const SERIES = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/gy;

/** @throws AssertionError that names a line which is against the format, or a series that is there twice. */
export function parseExposition(text: string): Exposition {
  assert.ok(text.endsWith('\n'), 'the last line has an end');
  const types = new Map<string, string>();
  const series: Series[] = [];
  const seen = new Set<string>();
  for (const line of text.split('\n')) {
    if (line === '' || HELP.test(line)) continue;
    const [, declared, type] = TYPE.exec(line) ?? [];
    if (declared !== undefined && type !== undefined) {
      assert.ok(!types.has(declared), `${declared} is declared once`);
      types.set(declared, type);
      continue;
    }
    const one = seriesOf(line);
    const key = `${one.name} ${Object.keys(one.labels)
      .toSorted()
      .map((label) => `${label}=${one.labels[label]}`)
      .join()}`;
    assert.ok(!seen.has(key), `series given twice: ${line}`);
    seen.add(key);
    const family = one.name.replace(/_(?:bucket|sum|count)$/, '');
    const parts = ['histogram', 'summary'].includes(types.get(family) ?? '');
    assert.ok(types.has(one.name) || parts, `undeclared: ${line}`);
    series.push(one);
  }
  return { series, types, sum: (name, labels = {}) => sumOf(series, name, labels) };
}

function seriesOf(line: string): Series {
  const [, name = '', inner = '', number = ''] =
    SERIES.exec(line) ?? assert.fail(`no series: ${line}`);
  const labels: Record<string, string> = {};
  let read = 0;
  for (const [whole, label = '', value = ''] of inner.matchAll(LABEL)) {
    labels[label] = value;
    read += whole.length;
  }
  assert.equal(read, inner.length, `labels of: ${line}`);
  const value = number === '+Inf' ? Infinity : Number(number);
  // Prometheus reads numbers as Go does, which knows no case.
  assert.ok(!Number.isNaN(value) || /^nan$/i.test(number), `value of: ${line}`);
  return { name, labels, value };
}

function sumOf(
  series: readonly Series[],
  name: string,
  labels: Readonly<Record<string, string>>,
): number | undefined {
  const found = series.filter(
    (one) =>
      one.name === name &&
      Object.entries(labels).every(([key, value]) => one.labels[key] === value),
  );
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}
