import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Control } from '../../agent/control.ts';
import type { UploadGuard } from '../../agent/upload-guard.ts';
import { formatProxyHeader } from '../../relay-server/proxy-protocol/header.ts';
import { AGENT_LIMITS } from '../../shared/limits.ts';
import { HandTimers } from '../support/fake-channel.ts';
import { controlOn } from '../support/server-control.ts';

/** How many uploads are guarded after these bytes to the server, if a data connection stands. */
function guardedAfter(preamble: number, chunks: readonly Uint8Array[]): number {
  const guarded: Socket[] = [];
  const guard = { protect: (socket: Socket) => guarded.push(socket) } as unknown as UploadGuard;
  const control = controlOn(new Socket(), { guard, preamble });
  for (const chunk of chunks) control.watchCommands(chunk);
  control.opened(new Socket());
  return guarded.length;
}

describe('what the agent sees of a control connection', () => {
  it('an upload is guarded, a download is not', () => {
    assert.equal(guardedAfter(0, [Buffer.from('STOR file\r\n')]), 1);
    assert.equal(guardedAfter(0, [Buffer.from('RETR file\r\n')]), 0);
  });

  it('a PROXY header in front of the commands hides no upload, however it is cut', () => {
    // Port 65530 is FF FA: as Telnet it begins a negotiation that would swallow all that follows.
    const source = { host: '255.250.10.13', port: 65_530 };
    const ends = { source, destination: { host: '10.10.13.10', port: 21 } };
    for (const version of ['v1', 'v2'] as const) {
      const header = formatProxyHeader(version, ends);
      const stream = Buffer.concat([header, Buffer.from('STOR file\r\n')]);
      for (let at = 0; at <= stream.length; at += 1) {
        const chunks = [stream.subarray(0, at), stream.subarray(at)];
        assert.equal(guardedAfter(header.length, chunks), 1, `${version} cut at ${at}`);
      }
    }
  });

  it('TLS begins on a data connection when its transfer command has gone, whichever is first', async () => {
    const control = controlOn();
    const begun: string[] = [];
    const begin = (what: string) => () => void begun.push(what);
    const say = (line: string): void => control.watchCommands(Buffer.from(`${line}\r\n`));
    say('EPSV');
    control.whenWanted(new Socket(), begin('before its command'));
    say('NOOP');
    await nextTurn();
    assert.equal(begun.length, 0);
    say('RETR a');
    assert.equal(begun.length, 0, 'the command itself goes first');
    await nextTurn();
    assert.deepEqual(begun, ['before its command']);
    say('EPSV');
    say('RETR b');
    control.whenWanted(new Socket(), begin('behind its command'));
    assert.deepEqual(begun, ['before its command', 'behind its command']);
    say('RETR c');
    say('EPSV');
    control.whenWanted(new Socket(), begin('of a command before its own'));
    assert.equal(begun.length, 2);
  });
});

/** A control connection whose link is over, and what the server is shown of that, in order. */
class LinkOver {
  readonly timers = new HandTimers();
  readonly shown: string[] = [];
  readonly control: Control;

  /** @param command the last one of the client */
  constructor(command: string) {
    const send = (bytes: Uint8Array): void => {
      this.shown.push(Buffer.from(bytes).toString());
    };
    this.control = controlOn(new Socket(), { timers: this.timers, send });
    this.control.watchCommands(Buffer.from(`${command}\r\n`));
  }

  /** Both streams break, the one of the data connection first. */
  breaks(by: 'carrier' | 'peer' = 'carrier'): this {
    const broken = { by, code: 'agent-stopped', reason: 'the agent is stopping' };
    for (const which of ['data', 'control'] as const) {
      this.control.whenBroken(which, broken, () => this.shown.push(`${which} reset`));
    }
    return this;
  }

  says(replies: string): this {
    this.control.watchReplies(Buffer.from(replies));
    return this;
  }

  /** Nothing is said for as long as is waited. */
  waits(): this {
    this.timers.advance(AGENT_LIMITS.lastWord, () => {});
    return this;
  }
}

describe('an upload whose link is over', () => {
  it('a server that answers ABOR has its data connection reset then, and the control connection last', () => {
    const over = new LinkOver('STOR file').breaks();
    assert.deepEqual(over.shown, ['ABOR\r\n']);
    over.says('426 Transfer aborted via ABOR.\r\n');
    assert.deepEqual(over.shown, ['ABOR\r\n', 'data reset']);
    over.says('226 ABOR command successful.\r\n');
    assert.deepEqual(over.shown, ['ABOR\r\n', 'data reset', 'control reset']);
    over.says('500 more\r\n').waits();
    assert.deepEqual(over.shown.length, 3);
  });

  it('one that reads nothing while it stores is waited for, but not for long, and then for its word', () => {
    const over = new LinkOver('APPE file').breaks().waits();
    assert.deepEqual(over.shown, ['ABOR\r\n', 'data reset']);
    over.says('426 Failure reading network stream.\r\n');
    assert.deepEqual(over.shown, ['ABOR\r\n', 'data reset', 'control reset']);
  });

  it('one that says nothing at all is not waited for for ever', () => {
    const over = new LinkOver('STOU').breaks().waits().waits();
    assert.deepEqual(over.shown, ['ABOR\r\n', 'data reset', 'control reset']);
    assert.equal(over.timers.waiting, 0);
  });

  it('what is no upload, and what the relay resets itself, is reset at once, without a word', () => {
    for (const over of [
      new LinkOver('RETR file').breaks(),
      new LinkOver('NOOP').breaks(),
      new LinkOver('STOR file').breaks('peer'),
    ]) {
      assert.deepEqual(over.shown, ['data reset', 'control reset']);
    }
  });

  it('a second data connection is reset with the first, or at once when that is done', () => {
    const over = new LinkOver('STOR file').breaks();
    over.breaks().says('426 aborted\r\n').breaks();
    const resets = over.shown.filter((what) => what === 'data reset');
    assert.deepEqual(over.shown, ['ABOR\r\n', ...resets]);
    assert.equal(resets.length, 3);
  });
});
