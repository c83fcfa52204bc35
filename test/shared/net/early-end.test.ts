import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { connect } from 'node:tls';
import { SecurableChannel } from '../../../shared/net/securable-channel.ts';
import { CloseWatch } from '../../../shared/net/tls-close-watch.ts';
import { StreamRecorder } from '../../support/stream-recorder.ts';
import { tcpPairFor } from '../../support/tcp-pair.ts';
import { terminatorForTest } from '../../support/tls-handshakes.ts';

const { terminator, ca } = await terminatorForTest();

/** Listings are there before the client has agreed on TLS: case 9. */
describe('what was written and ended in the handshake ends with close_notify', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const size of [0, 1, 300, 100_000]) {
      it(`${size} bytes in ${version}`, async (t) => {
        const { accepted, dialled } = await tcpPairFor(t);
        const channel = new SecurableChannel(accepted, { terminator });
        const recorder = StreamRecorder.on(channel);
        channel.secure(() => {});
        if (size > 0) channel.write(Buffer.alloc(size, 'x'));
        channel.end();
        let unclosed = 0;
        const watch = new CloseWatch(dialled, { strict: false, unclosed: () => (unclosed += 1) });
        const only = { minVersion: version, maxVersion: version };
        const client = connect({ socket: watch.stream, servername: 'localhost', ca, ...only });
        let received = 0;
        client.on('data', (chunk: Buffer) => {
          received += chunk.length;
          watch.check();
        });
        client.once('secureConnect', () => watch.secured(client));
        await once(client, 'end');
        client.end();
        await recorder.untilClosed();
        assert.equal(received, size);
        assert.equal(unclosed, 0, 'ends without close_notify');
      });
    }
  }
});
