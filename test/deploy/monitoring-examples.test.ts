import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { metricsBench } from '../relay-server/metrics/bench.ts';

/** Labels of every series, which Prometheus adds. */
const ADDED = ['instance', 'job'];

function file(name: string): string {
  return readFileSync(new URL(`../../deploy/${name}`, import.meta.url), 'utf8');
}

/** Labels that each series can have, by its name, with everything there is to ask. */
function declaredSeries(): ReadonlyMap<string, ReadonlySet<string>> {
  const { metrics } = metricsBench({
    bans: () => 0,
    history: () => ({ waiting: 0, dropped: 0 }),
    alerts: () => ({ mail: { waiting: 0, delivered: 0, failed: 0, givenUp: 0 } }),
  });
  metrics.watchProcess();
  const series = new Map([['up', new Set(ADDED)]]);
  for (const { name, type, labels } of metrics.declared) {
    const all = [...labels, ...ADDED];
    if (type !== 'histogram') series.set(name, new Set(all));
    else for (const part of ['bucket', 'sum', 'count']) series.set(`${name}_${part}`, new Set(all));
    if (type === 'histogram') series.get(`${name}_bucket`)?.add('le');
  }
  return series;
}

const NAME = /\b(?:gangway|process|nodejs|up)\b\w*|\b(?:gangway|process|nodejs)_\w+/g;
const SELECTOR = /([a-z_]\w*)\{([^}]*)\}/g;
const GROUPING = /\b(?:by|on)\s*\(([^)]*)\)/g;

/** What a query names that no relay gives. */
function unknownIn(query: string, series: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const bare = query.replace(/"[^"]*"/g, '""');
  const names = [...bare.matchAll(NAME)].map(([name]) => name);
  const unknown = names.filter((name) => !series.has(name));
  if (names.length === 0) unknown.push(`no metric in: ${query}`);
  for (const [, name = '', inner = ''] of bare.matchAll(SELECTOR)) {
    const labels = inner.split(',').map((one) => /^\s*(\w+)/.exec(one)?.[1] ?? one);
    unknown.push(
      ...labels.filter((one) => !series.get(name)?.has(one)).map((one) => `${name}{${one}}`),
    );
  }
  for (const [, inner = ''] of bare.matchAll(GROUPING)) {
    const labels = inner.split(',').map((one) => one.trim());
    // What is grouped by must be a label of something in the query.
    const has = (label: string): boolean => names.some((name) => series.get(name)?.has(label));
    unknown.push(...labels.filter((one) => !has(one)).map((one) => `by (${one}) in: ${query}`));
  }
  return unknown;
}

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly gridPos: {
      readonly x: number;
      readonly y: number;
      readonly w: number;
      readonly h: number;
    };
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
}

const dashboard = JSON.parse(file('grafana/gangway.json')) as Dashboard;
const rules = file('prometheus/alerts.yml');

/** Expressions of rules; folded ones are indented deeper than their key. */
function expressions(yaml: string): string[] {
  const found = yaml.matchAll(/^( +)expr: (?:>-\n((?:\1 +.*\n)+)|(.*)\n)/gm);
  return [...found].map(([, , folded, plain]) =>
    (folded ?? plain ?? '').replace(/\s+/g, ' ').trim(),
  );
}

test('the check finds a metric, a label and a grouping that do not exist', () => {
  const series = declaredSeries();
  assert.deepEqual(unknownIn('sum(gangway_sessions{tunnel="x"}) by (tunnel)', series), []);
  assert.deepEqual(unknownIn('gangway_session', series), ['gangway_session']);
  assert.deepEqual(unknownIn('gangway_sessions{tunel="x"}', series), ['gangway_sessions{tunel}']);
  assert.match(unknownIn('sum by (code) (gangway_sessions)', series)[0] ?? '', /^by \(code\)/);
  assert.match(unknownIn('vector(1)', series)[0] ?? '', /^no metric/);
});

test('every query of the dashboard asks for what a relay gives', () => {
  const series = declaredSeries();
  const targets = dashboard.panels.flatMap(({ targets: some = [] }) => some);
  assert.ok(targets.length >= 30);
  for (const { expr, legendFormat } of targets) {
    assert.deepEqual(unknownIn(expr, series), [], expr);
    // A legend can only name what the query leaves of the labels.
    for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
      assert.ok(expr.includes(label) || !/\bby\b/.test(expr), `${label} of ${expr}`);
    }
  }
  const variables = dashboard.templating.list.flatMap(({ definition = [] }) => definition);
  for (const one of variables) {
    const [, query = '', label = ''] =
      /^label_values\((.*), (\w+)\)$/.exec(one) ?? assert.fail(one);
    assert.deepEqual(unknownIn(query, series), []);
    assert.ok(series.get(query.replace(/\{.*/, ''))?.has(label), one);
  }
});

test('the panels of the dashboard have ids of their own and do not overlap', () => {
  const { panels } = dashboard;
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const taken = new Map<string, string>();
  for (const { title, gridPos } of panels) {
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.equal(taken.get(`${x} ${y}`), undefined, title);
        taken.set(`${x} ${y}`, title);
      }
    }
  }
});

test('every metric of the relay itself is in the dashboard', () => {
  const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const all = [...queries, ...dashboard.templating.list.map(({ definition }) => definition ?? '')];
  const names = new Set(all.join('\n').match(/\bgangway_\w+/g));
  const unseen = [...declaredSeries().keys()].filter(
    (name) => name.startsWith('gangway_') && !/_(?:sum|count)$/.test(name) && !names.has(name),
  );
  assert.deepEqual(unseen, []);
});

test('every rule for Prometheus asks for what a relay gives, and says what is wrong', () => {
  const series = declaredSeries();
  const found = expressions(rules);
  assert.equal(found.length, rules.match(/- alert: /g)?.length);
  for (const expr of found) assert.deepEqual(unknownIn(expr, series), [], expr);
  assert.equal(rules.match(/summary: /g)?.length, found.length);
});

test('the example of a collector asks where metrics are', () => {
  const scrape = file('prometheus/scrape.yml');
  // Prometheus asks for /metrics unless it is told otherwise.
  assert.doesNotMatch(scrape, /metrics_path/);
  assert.match(scrape, /credentials_file/);
});
