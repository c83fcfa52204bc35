import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Control } from '../../agent/control.ts';
import { Networks } from '../../shared/net/networks.ts';
import type { UploadGuard } from '../../agent/upload-guard.ts';
import { formatProxyHeader } from '../../relay-server/proxy-protocol/header.ts';

/** How many uploads are guarded after these bytes to the server, if a data connection stands. */
function guardedAfter(preamble: number, chunks: readonly Uint8Array[]): number {
  const guarded: Socket[] = [];
  const guard = { protect: (socket: Socket) => guarded.push(socket) } as unknown as UploadGuard;
  const control = new Control(new Socket(), { guard, dataHosts: new Networks([]), preamble });
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
    const guard = { protect: () => {} } as unknown as UploadGuard;
    const control = new Control(new Socket(), { guard, dataHosts: new Networks([]) });
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
