import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Journal, type Diagnosis } from '../../../relay-server/journal/journal.ts';
import type { PastVisit } from '../../../relay-server/store/history.ts';
import type { Finding } from '../../../shared/diagnosis/finding.ts';
import type { DiagnosisContext, RecordedEvent } from '../../../shared/diagnosis/record.ts';
import { contextOf } from '../../support/visits.ts';
import type { TransferView } from '../../../relay-server/views/sessions.ts';
import { JOURNAL_LIMITS } from '../../../relay-server/watch-limits.ts';

const CLIENT = { host: '203.0.113.7', port: 40_000 };
const { tunnel, agent, certificate } = contextOf();
const CONTEXT = { tunnel, agent, certificate };

/** A journal whose clock the test owns, and what its readers were told. */
function bench(diagnosis: Partial<Diagnosis> = {}) {
  let now = 1_000_000;
  const told: {
    transfers: TransferView[];
    found: Finding[];
    closed: PastVisit[];
  } = { transfers: [], found: [], closed: [] };
  const journal = new Journal({
    diagnosis: {
      diagnose: diagnosis.diagnose ?? (() => []),
      recognise: diagnosis.recognise ?? (() => ({ program: 'generic', name: null })),
    },
    passivePorts: [50_000, 50_063],
    readers: [
      {
        transferEnded: (transfer) => told.transfers.push(transfer),
        found: (_visit, finding) => told.found.push(finding),
        closed: (closed) => told.closed.push(closed),
      },
    ],
    now: () => now,
  });
  const open = (id = 'a1', host = CLIENT.host) => {
    const facts = { id, tunnel: 'ftp', client: { ...CLIENT, host }, port: 21 };
    const visit = journal.open(facts, () => CONTEXT);
    let moved = 0;
    const kills: string[] = [];
    const begin = (): void =>
      visit.begins({
        get transferredBytes() {
          return moved;
        },
        kill: (reason) => kills.push(reason),
      });
    const play = (...events: RecordedEvent[]): void => events.forEach((one) => visit.event(one));
    const move = (bytes: number): void => void (moved = bytes);
    return { visit, begin, play, move, kills };
  };
  const pass = (ms: number): number => (now += ms);
  return { journal, told, open, pass };
}

const LOGIN: RecordedEvent[] = [
  { type: 'opened', client: CLIENT },
  { type: 'greeted', code: 220, text: 'ready' },
  { type: 'user', name: 'ann' },
  { type: 'logged-in', code: 230 },
];

function transferred(code: number, bytes: number, broken?: string): RecordedEvent[] {
  const transfer = { verb: 'RETR', name: 'a.bin', direction: 'download' } as const;
  return [
    { type: 'transfer-started', ...transfer },
    {
      type: 'transfer-ended',
      ...transfer,
      bytes,
      ms: 10,
      code,
      ...(broken !== undefined && { broken: { by: 'client', code: broken, reason: 'because' } }),
    },
  ];
}

function closed(code: string): RecordedEvent {
  return { type: 'closed', by: 'client', code, reason: code, ms: 1 };
}

describe('the journal of visits', () => {
  it('lists a session while it lives and tells it as past when it is over, once', () => {
    const { journal, told, open } = bench();
    const { visit, begin, play } = open();
    begin();
    play(...LOGIN);
    assert.equal(journal.live.page({}, { limit: 10 }).items[0]?.user, 'ann');
    play(...transferred(226, 500), closed('quit'));
    visit.over();
    visit.over();
    assert.equal(journal.live.size, 0);
    const [past, ...more] = told.closed.map((one) => one.past);
    assert.equal(more.length, 0);
    assert.deepEqual(
      [past?.user, past?.outcome, past?.transfers, past?.bytesDown],
      ['ann', 'ok', 1, 500],
    );
  });

  const outcomes: [string, RecordedEvent[], string][] = [
    ['a quit after good transfers', [...LOGIN, ...transferred(226, 1), closed('quit')], 'ok'],
    [
      'a transfer that broke',
      [...LOGIN, ...transferred(426, 1, 'stalled'), closed('quit')],
      'failed-transfer',
    ],
    [
      'a wrong password',
      [...LOGIN.slice(0, 3), { type: 'login-failed', code: 530, text: 'no' }, closed('quit')],
      'failed-login',
    ],
    [
      'a client told to use TLS',
      [
        { type: 'refused', verb: 'USER', code: 530, text: 'TLS', why: 'tls-required' },
        closed('quit'),
      ],
      'failed-login',
    ],
    ['a link that was lost', [...LOGIN, closed('link-lost')], 'broken'],
    [
      'an agent that is away',
      [{ type: 'turned-away', why: 'offline', code: 421, text: 'away' }],
      'turned-away',
    ],
    ['a handshake that failed', [{ type: 'handshake-failed', reason: 'alert' }], 'broken'],
  ];
  for (const [name, events, outcome] of outcomes) {
    it(`calls ${name} ${outcome}`, () => {
      const { told, open } = bench();
      const { visit, play } = open();
      play(...events);
      visit.over();
      assert.equal(told.closed[0]?.past.outcome, outcome);
    });
  }

  it('tells each cause of a visit once, as soon as it is known', () => {
    const finding: Finding = { code: 'wrong-password', at: 1, facts: {} };
    const { told, open } = bench({ diagnose: () => [finding] });
    const { visit, play } = open();
    play({ type: 'login-failed', code: 530, text: 'no' });
    assert.deepEqual(told.found, [finding]);
    play({ type: 'login-failed', code: 530, text: 'no' });
    visit.over();
    assert.equal(told.found.length, 1);
    assert.deepEqual(told.closed[0]?.findings, [finding]);
  });

  it('tells a diagnosis what clients at other addresses did within the hour, and not what this one did', () => {
    const seen: DiagnosisContext[] = [];
    const { open, pass } = bench({
      diagnose: (_record, context) => {
        seen.push(context);
        return [];
      },
    });
    const arrival: RecordedEvent = { type: 'data-accepted', port: 50_000, from: CLIENT };
    open('b', '198.51.100.1').play(arrival, arrival);
    open('c').play(arrival, ...transferred(425, 0, 'no-connection'));
    assert.deepEqual(seen.at(-1)?.others, { arrived: 2, missed: 0 });
    open('d', '198.51.100.1').play(...transferred(425, 0, 'no-connection'));
    assert.deepEqual(seen.at(-1)?.others, { arrived: 1, missed: 1 });
    pass(JOURNAL_LIMITS.neighbourTime + 1);
    open('e', '192.0.2.1').visit.over();
    assert.deepEqual(seen.at(-1)?.others, { arrived: 0, missed: 0 });
  });

  it('remembers what private addresses clients of one address named, and how often they failed', () => {
    const seen: DiagnosisContext[] = [];
    const { open } = bench({
      diagnose: (_record, context) => {
        seen.push(context);
        return [];
      },
    });
    const { play } = open('a');
    play(
      { type: 'command', verb: 'PORT', argument: '192,168,1,5,10,0' },
      { type: 'command', verb: 'EPRT', argument: '|1|8.8.8.8|4000|' },
      { type: 'login-failed', code: 530, text: 'no' },
    );
    open('b').visit.over();
    assert.deepEqual(seen.at(-1)?.namedBefore, ['192.168.1.5']);
    assert.equal(seen.at(-1)?.failedLogins, 1);
    open('c', '192.0.2.9').visit.over();
    assert.deepEqual([seen.at(-1)?.namedBefore, seen.at(-1)?.failedLogins], [[], 0]);
  });

  it('keeps the beginning and the end of a long session in bounded room', () => {
    const { told, open } = bench();
    const { visit, play } = open();
    play(...LOGIN);
    const many = 10_000;
    for (let i = 0; i < many; i++) play({ type: 'command', verb: 'NOOP', argument: `${i}` });
    play(closed('quit'));
    visit.over();
    const record = told.closed[0]?.record;
    const kept = record?.events.length ?? 0;
    assert.ok(kept <= JOURNAL_LIMITS.firstEvents + 2 * JOURNAL_LIMITS.lastEvents, `${kept} kept`);
    assert.equal(kept + (record?.omitted ?? 0), many + LOGIN.length + 1);
    assert.equal(record?.events[0]?.event.type, 'opened');
    assert.equal(record?.events.at(-1)?.event.type, 'closed');
  });

  it('remembers few of the visits of somebody who is turned away again and again', () => {
    const { told, open, pass } = bench();
    const knock = (host?: string): void => {
      const { visit, play } = open('x', host);
      play({ type: 'turned-away', why: 'banned', code: 421, text: 'no' });
      visit.over();
    };
    for (let i = 0; i < 1000; i++) knock();
    assert.equal(told.closed.length, JOURNAL_LIMITS.turnedAway);
    knock('198.51.100.1');
    pass(JOURNAL_LIMITS.turnedAwayTime);
    knock();
    assert.equal(told.closed.length, JOURNAL_LIMITS.turnedAway + 2);
  });

  it('keeps the beginning of a text that is too long', () => {
    const { told, open } = bench();
    const { visit, play } = open();
    play({ type: 'command', verb: 'CWD', argument: 'x'.repeat(4000) });
    visit.over();
    const event = told.closed[0]?.record.events[0]?.event;
    assert.ok(event?.type === 'command' && event.argument?.length === JOURNAL_LIMITS.text);
  });
});

describe('live sessions', () => {
  it('knows how long a file is from 150 or from the SIZE asked before', () => {
    const { journal, open } = bench();
    const { begin, play } = open();
    begin();
    const file = { verb: 'RETR', name: 'a.bin', direction: 'download' } as const;
    play(
      ...LOGIN,
      { type: 'size', name: 'a.bin', bytes: 900 },
      { type: 'transfer-started', ...file },
    );
    const size = () => journal.live.page({}, { limit: 1 }).items[0]?.transfer?.size;
    assert.equal(size(), 900);
    play({ type: 'transfer-started', ...file, size: 901 });
    assert.equal(size(), 901);
    play({ type: 'transfer-started', ...file, name: 'b.bin' });
    assert.equal(size(), null);
  });

  it('measures the rate of running transfers, and counts bytes of those that ended since', () => {
    const { journal, open } = bench();
    const { begin, play, move } = open();
    begin();
    play(...LOGIN, ...transferred(226, 100).slice(0, 1));
    journal.live.measure(1_000);
    move(2_000_000);
    assert.deepEqual(journal.live.measure(2_000), {
      sessions: 1,
      transfers: 1,
      rateDown: 2_000_000,
      rateUp: 0,
    });
    assert.ok((journal.live.fastest(5)[0]?.transfer?.rate ?? 0) > 0);
    play(...transferred(226, 2_500_000).slice(1));
    assert.equal(journal.live.measure(3_000).rateDown, 500_000);
    assert.deepEqual(journal.live.fastest(5), []);
  });

  it('pages through all sessions once, newest first, while others come', () => {
    const { journal, open } = bench();
    for (let i = 0; i < 25; i++) open(`s${i}`).begin();
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = journal.live.page({}, { limit: 10, cursor });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
      open(`late${seen.length}`).begin();
    } while (cursor !== undefined);
    assert.deepEqual(
      seen,
      Array.from({ length: 25 }, (_, i) => `s${24 - i}`),
    );
  });

  it('finds sessions by tunnel, address, user and file', () => {
    const { journal, open } = bench();
    const one = open('a');
    one.begin();
    one.play(...LOGIN, ...transferred(226, 1).slice(0, 1));
    open('b', '198.51.100.1').begin();
    const ids = (filter: { tunnel?: string; q?: string }): string[] =>
      journal.live.page(filter, { limit: 10 }).items.map(({ id }) => id);
    assert.deepEqual(ids({ q: 'ANN' }), ['a']);
    assert.deepEqual(ids({ q: 'a.bin' }), ['a']);
    assert.deepEqual(ids({ q: '198.51' }), ['b']);
    assert.deepEqual(ids({ tunnel: 'ftp' }), ['b', 'a']);
    assert.deepEqual(ids({ tunnel: 'other' }), []);
  });
});
