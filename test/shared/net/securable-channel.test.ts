import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import type { TlsFacts } from '../../../shared/gateway/events.ts';
import { SecurableChannel } from '../../../shared/net/securable-channel.ts';
import { StreamRecorder } from '../../support/stream-recorder.ts';
import { tcpPairFor } from '../../support/tcp-pair.ts';
import { shutDown, terminatorForTest, tlsClient } from '../../support/tls-handshakes.ts';
import { soon } from '../../support/watched-socket.ts';

const { terminator, ca } = await terminatorForTest();
const STRICT = { strict: true, unclosed: () => {} };
const MEGABYTE = Buffer.alloc(1_000_000, 'x');

describe('TLS that begins on a connection in use', () => {
  it('goes on with the same consumer: what is said in clear before, in TLS afterwards', async (t) => {
    const { accepted, dialled } = await tcpPairFor(t);
    const channel = new SecurableChannel(accepted, { terminator });
    const recorder = StreamRecorder.on(channel);
    dialled.write('AUTH TLS\r\n');
    await recorder.until(({ text }) => text === 'AUTH TLS\r\n');
    channel.write(Buffer.from('234 go\r\n'));
    const facts: TlsFacts[] = [];
    channel.secure((told) => facts.push(told));
    const [answer] = (await once(dialled, 'data')) as [Buffer];
    assert.equal(answer.toString(), '234 go\r\n');
    const client = tlsClient(dialled, { ca });
    await once(client, 'secureConnect');
    client.write('USER a\r\n');
    await recorder.until(({ text }) => text.endsWith('USER a\r\n'));
    channel.write(Buffer.from('331 go on\r\n'));
    const [secret] = (await once(client, 'data')) as [Buffer];
    assert.equal(secret.toString(), '331 go on\r\n');
    client.end();
    channel.end();
    await recorder.untilClosed();
    assert.equal(recorder.broken, undefined);
    assert.deepEqual(facts, [
      {
        version: 'TLSv1.3',
        cipher: 'TLS_AES_128_GCM_SHA256',
        resumed: false,
        serverName: 'localhost',
      },
    ]);
  });

  it('takes what was sent in clear behind the command for TLS, never for a command', async (t) => {
    const { accepted, dialled } = await tcpPairFor(t);
    const channel = new SecurableChannel(accepted, { terminator });
    const recorder = StreamRecorder.on(channel);
    dialled.write('AUTH TLS\r\n');
    await recorder.until(({ text }) => text === 'AUTH TLS\r\n');
    channel.pause();
    dialled.write('DELE everything\r\n');
    channel.secure(() => assert.fail('no TLS was spoken'));
    channel.resume();
    await soon(recorder.untilClosed(), 'the end of the channel');
    assert.equal(recorder.text, 'AUTH TLS\r\n');
    assert.equal(recorder.broken?.code, 'tls-failed');
    assert.match(recorder.broken.reason, /not TLS/);
  });

  it('sends what was written in the handshake after it, in order', async (t) => {
    const { accepted, dialled } = await tcpPairFor(t);
    const channel = new SecurableChannel(accepted, { terminator });
    const recorder = StreamRecorder.on(channel);
    channel.secure(() => {});
    assert.equal(channel.write(Buffer.from('first ')), false);
    channel.write(MEGABYTE);
    channel.end();
    const client = tlsClient(dialled, { ca });
    const chunks: Buffer[] = [];
    client.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(client, 'end');
    assert.deepEqual(Buffer.concat(chunks), Buffer.concat([Buffer.from('first '), MEGABYTE]));
    client.end();
    await recorder.untilClosed();
    assert.equal(recorder.broken, undefined);
    assert.deepEqual(recorder.calls, ['flushed', 'end', 'closed']);
  });
});

describe('a handshake that comes to nothing breaks the channel', () => {
  for (const { what, act, reason } of [
    { what: 'an end before it', act: 'end', reason: /closed the connection before TLS/ },
    { what: 'something else than TLS', act: 'USER a\r\n', reason: /not TLS/ },
    { what: 'HTTP', act: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', reason: /HTTP/ },
  ]) {
    it(what, async (t) => {
      const { accepted, dialled } = await tcpPairFor(t);
      dialled.on('error', () => {});
      const channel = new SecurableChannel(accepted, { terminator });
      channel.secure(() => assert.fail('no TLS was spoken'));
      const recorder = StreamRecorder.on(channel);
      if (act === 'end') dialled.end();
      else dialled.write(act);
      await soon(recorder.untilClosed(), 'the end of the channel');
      assert.deepEqual(recorder.calls, ['closed'], 'an end would look like an empty file');
      assert.equal(recorder.broken?.code, 'tls-failed');
      assert.match(recorder.broken.reason, reason);
    });
  }

  it('a certificate that the client refuses', async (t) => {
    const { accepted, dialled } = await tcpPairFor(t);
    const channel = new SecurableChannel(accepted, { terminator });
    channel.secure(() => {});
    const recorder = StreamRecorder.on(channel);
    tlsClient(dialled, {});
    await soon(recorder.untilClosed(), 'the end of the channel');
    assert.ok(recorder.broken);
  });

  it('a version before 1.2', async (t) => {
    const { accepted, dialled } = await tcpPairFor(t);
    const channel = new SecurableChannel(accepted, { terminator });
    channel.secure(() => assert.fail('TLS 1.1 was spoken'));
    const recorder = StreamRecorder.on(channel);
    tlsClient(dialled, {
      ca,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL:@SECLEVEL=0',
    });
    await soon(recorder.untilClosed(), 'the end of the channel');
    assert.match(recorder.broken?.reason ?? '', /1\.2 is needed/);
  });

  it('a reset of ours while it is under way', async (t) => {
    const { accepted, dialled } = await tcpPairFor(t);
    const broke = once(dialled, 'error') as Promise<[NodeJS.ErrnoException]>;
    const channel = new SecurableChannel(accepted, { terminator });
    channel.secure(() => assert.fail('no TLS was spoken'));
    const recorder = StreamRecorder.on(channel);
    channel.reset('given up');
    await soon(recorder.untilClosed(), 'the end of the channel');
    assert.deepEqual(recorder.broken, { by: 'self', code: 'cancelled', reason: 'given up' });
    assert.equal((await broke)[0].code, 'ECONNRESET');
  });
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  const options = { ca, minVersion: version, maxVersion: version };
  describe(`ends in ${version}`, () => {
    it('a reset is a reset at the other end', async (t) => {
      const { accepted, dialled } = await tcpPairFor(t);
      const channel = new SecurableChannel(accepted, { terminator });
      const secured = Promise.withResolvers<TlsFacts>();
      channel.secure(secured.resolve);
      const recorder = StreamRecorder.on(channel);
      const client = tlsClient(dialled, options);
      await once(client, 'secureConnect');
      await secured.promise;
      const broke = once(client, 'error') as Promise<[NodeJS.ErrnoException]>;
      client.on('end', () => assert.fail('a clean end')).resume();
      channel.reset('broken');
      await recorder.untilClosed();
      assert.equal((await soon(broke, 'a reset'))[0].code, 'ECONNRESET');
    });

    it('a reset of the client is no end', async (t) => {
      const { accepted, dialled } = await tcpPairFor(t);
      const channel = new SecurableChannel(accepted, { terminator });
      channel.secure(() => {});
      const recorder = StreamRecorder.on(channel);
      const client = tlsClient(dialled, options);
      await once(client, 'secureConnect');
      client.write('half a file');
      await recorder.until(({ text }) => text === 'half a file');
      dialled.resetAndDestroy();
      await recorder.untilClosed();
      assert.deepEqual(recorder.calls, ['data', 'closed']);
      assert.equal(recorder.broken?.by, 'peer');
    });

    for (const strictClose of [false, true]) {
      it(`an end with close_notify is an end, ${strictClose ? 'strictly' : 'tolerantly'}`, async (t) => {
        const { accepted, dialled } = await tcpPairFor(t);
        const channel = new SecurableChannel(accepted, {
          terminator,
          ...(strictClose && { watched: STRICT }),
        });
        channel.secure(() => {});
        const recorder = StreamRecorder.on(channel);
        const client = tlsClient(dialled, options);
        client.end(MEGABYTE);
        await soon(
          recorder.until(({ calls }) => calls.includes('end')),
          'an end',
        );
        assert.equal(recorder.bytes, MEGABYTE.length);
        channel.end();
        client.resume();
        await soon(recorder.untilClosed(), 'the end of the channel');
        assert.equal(recorder.broken, undefined);
      });
    }

    it('an end without close_notify is tolerated, and strictly it breaks the channel', async (t) => {
      for (const strictClose of [false, true]) {
        const { accepted, dialled } = await tcpPairFor(t);
        const channel = new SecurableChannel(accepted, {
          terminator,
          ...(strictClose && { watched: STRICT }),
        });
        channel.secure(() => {});
        const recorder = StreamRecorder.on(channel);
        const client = tlsClient(dialled, options);
        await once(client, 'secureConnect');
        client.write(MEGABYTE);
        await recorder.until(({ bytes }) => bytes === MEGABYTE.length);
        shutDown(dialled);
        await soon(
          recorder.until(({ calls }) => calls.includes('end') || calls.includes('closed')),
          'an end',
        );
        assert.equal(recorder.calls.includes('end'), !strictClose);
        assert.equal(recorder.broken?.code, strictClose ? 'ERR_TLS_TRUNCATED' : undefined);
      }
    });

    it('a strict channel that is paused loses nothing of what came before the end', async (t) => {
      const { accepted, dialled } = await tcpPairFor(t);
      const channel = new SecurableChannel(accepted, { terminator, watched: STRICT });
      channel.secure(() => {});
      channel.pause();
      const recorder = StreamRecorder.on(channel);
      const client = tlsClient(dialled, options);
      client.end('all of it');
      await once(client, 'finish');
      channel.resume();
      await soon(
        recorder.until(({ calls }) => calls.includes('end')),
        'an end',
      );
      assert.equal(recorder.text, 'all of it');
    });
  });
}
