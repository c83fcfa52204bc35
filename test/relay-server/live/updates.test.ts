import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LiveSessions } from '../../../relay-server/journal/live-sessions.ts';
import { News, type NewsItem } from '../../../relay-server/live/news.ts';
import { Series } from '../../../relay-server/live/series.ts';
import { Ticker } from '../../../relay-server/live/ticker.ts';
import type { Tick, TunnelBrief } from '../../../relay-server/views/live.ts';
import { LIVE_LIMITS } from '../../../shared/limits.ts';

describe('news', () => {
  it('gives a page that comes again what it missed, in order', () => {
    const news = new News('run');
    const seen: NewsItem[] = [];
    const stop = news.listen((item) => seen.push(item));
    news.tell('tunnel', 1);
    stop();
    news.tell('finding', 2);
    news.tell('transfer', 3);
    const missed = news.since(seen.at(-1)?.id ?? '');
    assert.deepEqual(
      missed?.map(({ type, data }) => [type, data]),
      [
        ['finding', '2'],
        ['transfer', '3'],
      ],
    );
    assert.deepEqual(news.since(missed?.at(-1)?.id ?? ''), []);
  });

  it('says that it does not know what a page missed that was away too long, or knew another run', () => {
    const news = new News('run');
    news.tell('tunnel', 0);
    for (let i = 0; i < 3 * LIVE_LIMITS.news; i++) news.tell('tunnel', i);
    assert.equal(news.since('run-1'), undefined);
    assert.equal(news.since('before-1'), undefined);
    assert.equal(news.since('run-9999999'), undefined);
    assert.equal(news.since('nonsense'), undefined);
  });
});

describe('the series for charts', () => {
  const at = (second: number, rateDown: number) => ({
    at: second * 1000,
    sessions: 1,
    transfers: 0,
    rateDown,
    rateUp: 0,
  });

  it('has the last minutes by the second and longer ago by the minute, as means', () => {
    const series = new Series();
    for (let second = 0; second < 7200; second++) series.add(at(second, second < 60 ? 100 : 300));
    const seconds = series.read(0, 1);
    assert.ok(seconds.length >= LIVE_LIMITS.seconds && seconds.length <= 2 * LIVE_LIMITS.seconds);
    assert.equal(seconds.at(-1)?.at, 7_199_000);
    const minutes = series.read(0, 60);
    assert.equal(minutes.length, 119);
    assert.deepEqual([minutes[0]?.rateDown, minutes[1]?.rateDown], [100, 300]);
    const pairs = series.read(0, 120);
    assert.equal(pairs[0]?.rateDown, 200);
    assert.equal(series.read(7_190_000, 1).length, 10);
  });
});

describe('the ticker', () => {
  function brief(name: string, sessions: number): TunnelBrief {
    const rest = { state: 'up', since: 1, problem: null, transfers: 0 } as const;
    return { name, publicAddress: `ftp://h/${name}`, sessions, ...rest };
  }

  it('tells all tunnels first, and then those that changed', () => {
    let briefs = [brief('a', 0), brief('b', 0)];
    const ticker = new Ticker({
      sessions: new LiveSessions(),
      series: new Series(),
      briefs: () => briefs,
      written: () => 0,
      now: () => 1_000,
    });
    const ticks: Tick[] = [];
    const stop = ticker.listen((tick) => ticks.push(JSON.parse(tick) as Tick));
    const names = (): string[] | undefined => ticks.at(-1)?.tunnels.map(({ name }) => name);
    assert.deepEqual(names(), ['a', 'b']);
    ticker.tick();
    ticker.tick();
    assert.deepEqual(names(), []);
    briefs = [brief('a', 0), brief('b', 1)];
    ticker.tick();
    assert.deepEqual(names(), ['b']);
    stop();
    ticker.tick();
    assert.equal(ticks.length, 4);
  });
});
