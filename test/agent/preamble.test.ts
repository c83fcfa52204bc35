import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { it } from 'node:test';
import { splitPreamble } from '../../agent/preamble.ts';
import { FakeChannel } from '../support/fake-channel.ts';
import { StreamRecorder } from '../support/stream-recorder.ts';

const HEADER = 'PROXY header\r\n';
const REST = 'USER u\r\n';

/** A channel that is moved by hand. */
function byHand(): { channel: FakeChannel; run: () => void } {
  const due: (() => void)[] = [];
  const run = (): void => {
    for (let next = due.shift(); next !== undefined; next = due.shift()) next();
  };
  return { channel: new FakeChannel((call) => due.push(call)), run };
}

it('the preamble and the rest are told apart however they are cut', async () => {
  const bytes = HEADER + REST;
  for (let at = 0; at <= bytes.length; at += 1) {
    const { channel, run } = byHand();
    const { preamble, rest } = splitPreamble(channel, HEADER.length);
    rest.pause();
    const recorder = StreamRecorder.on(rest);
    for (const part of [bytes.slice(0, at), bytes.slice(at)]) if (part !== '') channel.say(part);
    channel.finish();
    run();
    assert.equal(Buffer.from(await preamble).toString(), HEADER, `cut at ${at}`);
    assert.deepEqual(recorder.calls, [], 'nothing before it is asked for');
    rest.resume();
    run();
    assert.equal(recorder.text, REST, `cut at ${at}`);
    assert.deepEqual(recorder.calls, ['data', 'end']);
  }
});

it('a consumer that is full after the first of the rest gets no more before it resumes', async () => {
  const { channel, run } = byHand();
  const { preamble, rest } = splitPreamble(channel, HEADER.length);
  rest.pause();
  const recorder = StreamRecorder.on(rest);
  recorder.onData = () => rest.pause();
  channel.say(HEADER + REST);
  channel.say('more');
  run();
  await preamble;
  rest.resume();
  run();
  assert.equal(recorder.text, REST);
  rest.resume();
  run();
  assert.equal(recorder.text, `${REST}more`);
});

it('an end in the middle of the preamble breaks the channel', async () => {
  const { channel, run } = byHand();
  const { rest } = splitPreamble(channel, HEADER.length);
  const recorder = StreamRecorder.on(rest);
  channel.say('PROXY');
  channel.finish();
  run();
  assert.match(channel.resetWith ?? '', /before the preamble/);
  await recorder.untilClosed();
  assert.equal(recorder.broken?.by, 'self');
});

it('without a preamble the channel is what it was', async () => {
  const { channel } = byHand();
  const { preamble, rest } = splitPreamble(channel);
  assert.equal((await preamble).length, 0);
  assert.equal(rest, channel);
});
