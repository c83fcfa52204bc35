/** The FTP clients of the benchmark, all in this process; times are taken here. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { answerQuestions } from './answering.ts';
import { FtpSession, type Way } from './ftp-session.ts';
import { ENDLESS, startTransfer, type Direction, type Transfer } from './transfers.ts';

/** Logins under way at once when many sessions are opened. */
const LOGINS_AT_ONCE = 50;
/** A bulk transfer is under way when so many bytes have moved. */
const FLOWING_BYTES = 1e6;
const POLL_MS = 5;
/** Moved in the end of a timed transfer, when it is up to speed. */
const LAST_MS = 1000;

let bulk: { started: number; transfer: Transfer } | undefined;
const idle: FtpSession[] = [];

const answers = {
  transfer,
  timed,
  startBulk,
  stopBulk,
  roundTrips,
  firstBytes,
  sessions,
  hold,
  nudge,
  letGo,
};
export type FtpClientAnswers = typeof answers;

async function begin(
  way: Way,
  direction: Direction,
  parts: readonly number[],
): Promise<{ started: number; sessions: FtpSession[]; transfers: Transfer[] }> {
  const open = await Promise.all(
    parts.map(async () => {
      const session = await FtpSession.logIn(way);
      await session.ask('TYPE I', 200);
      return { session, at: await session.passive() };
    }),
  );
  const started = performance.now();
  const transfers = open.map(({ session, at }, i) =>
    startTransfer(session, at, direction, parts[i] ?? 0),
  );
  return { started, sessions: open.map(({ session }) => session), transfers };
}

/** Moves so many bytes in all, evenly on parallel streams; login and EPSV are not part of the time. */
async function transfer(work: {
  way: Way;
  direction: Direction;
  streams: number;
  bytes: number;
}): Promise<{ seconds: number; moved: number }> {
  const { way, direction, streams, bytes } = work;
  const least = Math.floor(bytes / streams);
  const parts = Array.from({ length: streams }, (_, i) => least + (i < bytes % streams ? 1 : 0));
  const { started, sessions: open, transfers } = await begin(way, direction, parts);
  await Promise.all(transfers.map(({ done }) => done));
  const seconds = (performance.now() - started) / 1000;
  await Promise.all(open.map((session) => session.quit()));
  return { seconds, moved: transfers.reduce((sum, { moved }) => sum + moved(), 0) };
}

/** Downloads for some seconds, then breaks off; bytes of all streams, and of the last second alone. */
async function timed(work: {
  way: Way;
  streams: number;
  seconds: number;
}): Promise<{ moved: number; seconds: number; lastSecond: number }> {
  const { way, streams, seconds } = work;
  const parts = Array.from({ length: streams }, () => ENDLESS);
  const { started, transfers } = await begin(way, 'D', parts);
  const moved = (): number => transfers.reduce((sum, each) => sum + each.moved(), 0);
  await delay(seconds * 1000 - LAST_MS);
  const before = { at: performance.now(), moved: moved() };
  await delay(LAST_MS);
  const after = { at: performance.now(), moved: moved() };
  for (const each of transfers) each.abort();
  const lastSecond = (after.moved - before.moved) / ((after.at - before.at) / 1000);
  return { moved: after.moved, seconds: (after.at - started) / 1000, lastSecond };
}

/** Begins one endless transfer; resolves when it flows. */
async function startBulk(work: { way: Way; direction: Direction }): Promise<void> {
  const { started, transfers } = await begin(work.way, work.direction, [ENDLESS]);
  const [flowing] = transfers;
  if (flowing === undefined) return;
  bulk = { started, transfer: flowing };
  while (flowing.moved() < FLOWING_BYTES) await delay(POLL_MS);
}

/** Breaks it off; bytes it has moved since it began, and in how many seconds. */
function stopBulk(): { moved: number; seconds: number } {
  if (bulk === undefined) throw new Error('no bulk transfer is under way');
  const { started, transfer } = bulk;
  bulk = undefined;
  const result = { moved: transfer.moved(), seconds: (performance.now() - started) / 1000 };
  transfer.abort();
  return result;
}

/** Times of NOOP on one session, in milliseconds: so many, or what fits into the seconds with pauses between. */
async function roundTrips(work: {
  way: Way;
  count: number;
  seconds: number;
  pauseMs?: number;
}): Promise<number[]> {
  const session = await FtpSession.logIn(work.way);
  const until = performance.now() + work.seconds * 1000;
  const times: number[] = [];
  while (times.length < work.count && performance.now() < until) {
    const started = performance.now();
    await session.ask('NOOP', 200);
    times.push(performance.now() - started);
    if (work.pauseMs !== undefined) await delay(work.pauseMs);
  }
  await session.quit();
  return times;
}

/** Times from connecting to a data port, RETR sent at once, to the file's only byte; milliseconds. */
async function firstBytes(work: { way: Way; count: number }): Promise<number[]> {
  const session = await FtpSession.logIn(work.way);
  const times: number[] = [];
  for (let i = 0; i < work.count; i += 1) {
    const at = await session.passive();
    const started = performance.now();
    const data = connect({ ...at, noDelay: true });
    const closed = once(data, 'close');
    session.send('RETR 1');
    await once(data, 'data');
    times.push(performance.now() - started);
    await session.reply(150);
    await session.reply(226);
    await closed;
  }
  await session.quit();
  return times;
}

/** Whole sessions, some at a time, for some seconds: connect, USER, PASS, three NOOP, QUIT. */
async function sessions(work: {
  way: Way;
  parallel: number;
  seconds: number;
}): Promise<{ perSecond: number }> {
  const started = performance.now();
  const until = started + work.seconds * 1000;
  let count = 0;
  const loop = async (): Promise<void> => {
    while (performance.now() < until) {
      const session = await FtpSession.logIn(work.way);
      for (let i = 0; i < 3; i += 1) await session.ask('NOOP', 200);
      await session.quit();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: work.parallel }, loop));
  return { perSecond: count / ((performance.now() - started) / 1000) };
}

/** Opens sessions that then do nothing. */
async function hold(work: { way: Way; count: number }): Promise<void> {
  for (let left = work.count; left > 0; left -= LOGINS_AT_ONCE) {
    const logins = Array.from({ length: Math.min(left, LOGINS_AT_ONCE) }, () =>
      FtpSession.logIn(work.way),
    );
    idle.push(...(await Promise.all(logins)));
  }
}

/** Has each of them answer one NOOP, some at a time; how many did. */
async function nudge(): Promise<number> {
  let answered = 0;
  for (let next = 0; next < idle.length; next += LOGINS_AT_ONCE) {
    const some = idle.slice(next, next + LOGINS_AT_ONCE);
    await Promise.all(some.map((session) => session.ask('NOOP', 200)));
    answered += some.length;
  }
  return answered;
}

/** Ends all sessions that do nothing. */
function letGo(): void {
  for (const session of idle.splice(0)) session.abandon();
}

answerQuestions(answers);
