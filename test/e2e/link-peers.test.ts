import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { MUX_LIMITS } from '../../shared/limits.ts';
import { encodeFrame } from '../../shared/mux/codec.ts';
import { PROTOCOL_FAULTS } from '../../shared/mux/errors.ts';
import { FRAME, frameOf, HEADER_BYTES } from '../../shared/mux/frame.ts';
import { GO_AWAY, LINK_PATH } from '../../shared/proto/handshake.ts';
import { encodeOpenRequest } from '../../shared/proto/open-request.ts';
import { gangwayFor, type GangwayInFront } from '../support/gangway.ts';
import { dial, RawClient } from '../support/raw-client.ts';
import { enrol, RogueAgent } from '../support/rogue-agent.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

const OPEN_LINK = encodeFrame(frameOf(FRAME.open, 1, 65_536, encodeOpenRequest({ t: 'link' }), 1));

describe('WebSocket peers that break the rules', () => {
  let server: ScriptedServer;
  let gangway: GangwayInFront;
  let credential: string;
  let witness: RawClient;
  let from: number;
  before(async () => {
    server = await ScriptedServer.start();
    gangway = await gangwayFor(server);
    const tunnel = await gangway.relay.createTunnel('rogue', { server: '127.0.0.1:1' });
    ({ credential } = await enrol(gangway.relay.url, tunnel.enrolmentCode));
  });
  beforeEach(async () => {
    witness = await RawClient.login(gangway);
    from = gangway.relay.events().length;
  });
  /** A session that runs at the same time notices nothing. */
  afterEach(async () => {
    assert.equal((await witness.download('RETR file')).toString(), 'contents');
    await witness.quit();
  });
  after(async () => {
    await gangway?.close();
    await server?.close();
  });

  const connect = (): Promise<RogueAgent> => RogueAgent.connect(gangway.relay.url, credential);
  const disconnected = async (reason: RegExp): Promise<void> => {
    const line = await gangway.relay.waitFor('agent-disconnected', { from });
    assert.match(JSON.stringify(line), reason);
  };

  it('text ends the link, and the log says so', async () => {
    const rogue = await connect();
    rogue.ws.send('hello');
    assert.ok([1002, 1003].includes((await rogue.end()).code));
    await disconnected(/binary/);
  });

  it('a message of 20 MiB ends the link, and the log says why', async () => {
    const rogue = await connect();
    rogue.ws.send(Buffer.alloc(20 * 1024 * 1024));
    assert.ok([1002, 1009].includes((await rogue.end()).code));
    await disconnected(/payload|size|bytes|long|large|unknown-frame-type/i);
  });

  const faults: [keyof typeof PROTOCOL_FAULTS, () => Uint8Array[]][] = [
    [
      'frame-too-large',
      () => {
        const header = encodeFrame(
          frameOf(FRAME.data, 1, 0, Buffer.alloc(MUX_LIMITS.dataPayload + 1)),
        );
        return [OPEN_LINK, header.subarray(0, HEADER_BYTES)];
      },
    ],
    [
      'unknown-frame-type',
      () => {
        const frame = Buffer.from(encodeFrame(frameOf(FRAME.ping, 0, 1)));
        frame[0] = 0x7f;
        return [frame];
      },
    ],
    [
      'beyond-credit',
      () => {
        const half = Buffer.alloc(MUX_LIMITS.initialCredit / 2 + 1, '\n');
        return [
          OPEN_LINK,
          encodeFrame(frameOf(FRAME.data, 1, MUX_LIMITS.controlWindow * 64, half)),
        ];
      },
    ],
    ['stream-never-opened', () => [encodeFrame(frameOf(FRAME.data, 99, 0, Buffer.from('x')))]],
    ['open-out-of-order', () => [OPEN_LINK, OPEN_LINK]],
  ];
  for (const [fault, frames] of faults) {
    it(`${fault}: GOAWAY with its code, a log line, the end of the link`, async () => {
      const rogue = await connect();
      for (const frame of frames()) rogue.ws.send(frame);
      const { code, goAway } = await rogue.end();
      assert.equal(goAway?.code, PROTOCOL_FAULTS[fault].goAway, goAway?.reason);
      assert.equal(code, 1002);
      await disconnected(new RegExp(fault));
    });
  }

  it('a flood of OPENs: each is reset, then the link ends', async () => {
    const rogue = await connect();
    rogue.ws.send(OPEN_LINK);
    for (let i = 0; i < 5 * MUX_LIMITS.refusedOpens; i += 1) {
      rogue.ws.send(encodeFrame(frameOf(FRAME.open, 3 + 2 * i, 65_536, Buffer.from('{}'))));
    }
    const { goAway, resets } = await rogue.end();
    assert.equal(goAway?.code, GO_AWAY.misbehaved, goAway?.reason);
    assert.ok(resets <= MUX_LIMITS.refusedOpens, `${resets} resets`);
    await gangway.relay.waitFor('agent-open-flood', { from });
  });

  it('random bytes end the link', async () => {
    const rogue = await connect();
    rogue.ws.send(Buffer.concat([Buffer.of(0xee), randomBytes(4096)]));
    assert.equal((await rogue.end()).code, 1002);
    await disconnected(/unknown-frame-type/);
  });

  it('a link message without an end ends the link', async () => {
    const rogue = await connect();
    rogue.ws.send(OPEN_LINK);
    rogue.ws.send(encodeFrame(frameOf(FRAME.data, 1, 0, Buffer.alloc(20_000, 'a'))));
    const { goAway } = await rogue.end();
    assert.match(goAway?.reason ?? '', /longer than \d+ bytes/);
    await gangway.relay.waitFor('agent-message-too-long', { from });
  });

  it('an upgrade without a credential, and with a wrong one: 401 in words, a log line', async () => {
    for (const header of ['', `Authorization: Bearer ${'x'.repeat(40)}\r\n`]) {
      const at = gangway.relay.events().length;
      const { hostname, port } = new URL(gangway.relay.url);
      const peer = await dial({ host: hostname, port: Number(port) });
      peer.send(
        `GET ${LINK_PATH} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
          `Sec-WebSocket-Protocol: gangway.v1\r\n${header}\r\n`,
      );
      assert.equal(await peer.outcome, 'fin');
      assert.match(peer.received.toString(), /^HTTP\/1\.1 401 .*"credential-unknown"/s);
      peer.end();
      await gangway.relay.waitFor('agent-refused', { from: at });
    }
  });

  it('nothing is left of any of them', async () => {
    const { streams, sessions } = await gangway.relay.counts();
    assert.ok(
      sessions <= 2 && streams <= 1 + 2 * sessions,
      `${sessions} sessions, ${streams} streams`,
    );
  });
});
