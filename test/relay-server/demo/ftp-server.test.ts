import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { clientOf, Conversation, serverOn, wasReset } from './ftp-fixture.ts';

suite('demo FTP server: login', () => {
  test('the right password opens, and the session says so', async (t) => {
    const client = await clientOf(t, await serverOn(t));
    assert.equal(await client.pwd(), '/');
  });

  test('a wrong password and a wrong user are refused alike; the third failure ends the session', async (t) => {
    const talk = await Conversation.with(t, await serverOn(t), false);
    assert.deepEqual([await talk.say('USER demo'), await talk.say('PASS wrong')], [331, 530]);
    assert.deepEqual([await talk.say('USER nobody'), await talk.say('PASS pass word')], [331, 530]);
    assert.deepEqual([await talk.say('USER demo'), await talk.say('PASS')], [331, 421]);
    await once(talk.socket, 'end');
  });

  test('nothing but the harmless is done without login', async (t) => {
    const talk = await Conversation.with(t, await serverOn(t), false);
    for (const verb of ['PWD', 'PASV', 'LIST', 'RETR x', 'MKD x', 'REST 1', 'STAT /']) {
      assert.equal(await talk.say(verb), 530, verb);
    }
    assert.equal(await talk.say('PASS pass word'), 503);
    assert.deepEqual([await talk.say('FEAT'), await talk.say('SYST')], [211, 215]);
  });

  test('a login that takes too long, and an idle session, end with 421', async (t) => {
    const slow = await Conversation.with(t, await serverOn(t, { loginTime: 20 }), false);
    assert.equal(await slow.code(), 421);
    const idle = await Conversation.with(t, await serverOn(t, { idle: 20 }), false);
    assert.equal(await idle.code(), 421);
    await once(idle.socket, 'end');
  });

  test('sessions are bounded', async (t) => {
    const server = await serverOn(t, { sessions: 1 });
    const first = await Conversation.with(t, server);
    const second = await Conversation.with(t, server, false);
    await once(second.socket, 'end');
    assert.equal(await first.say('NOOP'), 200);
  });
});

suite('demo FTP server: data connections', () => {
  test('case 40: no transfer without PASV, and none by PORT', async (t) => {
    const talk = await Conversation.with(t, await serverOn(t));
    assert.equal(await talk.say('LIST'), 425);
    assert.equal(await talk.say('PORT 127,0,0,1,4,5'), 502);
    assert.equal(await talk.say('EPRT |1|127.0.0.1|1029|'), 502);
  });

  test('a client that never connects gets 425', async (t) => {
    const talk = await Conversation.with(t, await serverOn(t, { dataConnect: 20 }));
    assert.equal(await talk.say('PASV'), 227);
    assert.equal(await talk.say('LIST'), 150);
    assert.equal(await talk.code(), 425);
  });

  test('case 31: a second PASV voids the first', async (t) => {
    const talk = await Conversation.with(t, await serverOn(t));
    const first = await talk.data();
    const second = await talk.data();
    assert.ok(await wasReset(first));
    assert.equal(await talk.say('LIST'), 150);
    assert.equal((await buffer(second)).length, 0);
    second.end();
    assert.equal(await talk.code(), 226);
  });

  // Elsewhere there is no second loopback address to be a stranger from.
  const skip = process.platform !== 'linux';
  test('case 37: a stranger is reset and takes nothing', { skip }, async (t) => {
    const talk = await Conversation.with(t, await serverOn(t));
    talk.socket.write('EPSV\r\n');
    const port = Number(/\|(\d+)\|/.exec(String((await talk.reply()).lines[0]))?.[1]);
    const stranger = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.2' });
    stranger.on('error', () => {});
    assert.ok(await wasReset(stranger));
    const data = connect({ host: '127.0.0.1', port });
    assert.equal(await talk.say('STOR x'), 150);
    data.end('mine');
    assert.equal(await talk.code(), 226);
  });

  test('cases 48 and 49: EPSV by protocol, and EPSV ALL', async (t) => {
    const talk = await Conversation.with(t, await serverOn(t));
    assert.equal(await talk.say('EPSV 2'), 522);
    assert.equal(await talk.say('epsv 1 '), 229);
    assert.equal(await talk.say('EPSV ALL'), 200);
    assert.equal(await talk.say('PASV'), 503);
    assert.equal(await talk.say('EPSV'), 229);
  });
});

suite('demo FTP server: the control connection', () => {
  test('case 54: a thousand pipelined commands are answered in order', async (t) => {
    const talk = await Conversation.with(t, await serverOn(t));
    talk.socket.write('NOOP\r\nPWD\r\n'.repeat(500));
    for (let round = 0; round < 500; round += 1) {
      assert.deepEqual([await talk.code(), await talk.code()], [200, 257]);
    }
  });

  test('case 71: a client that ends after its commands gets all replies', async (t) => {
    const talk = await Conversation.with(t, await serverOn(t));
    talk.socket.end('NOOP\r\nPWD\r\nSYST\r\n');
    assert.deepEqual([await talk.code(), await talk.code(), await talk.code()], [200, 257, 215]);
    await once(talk.socket, 'end');
  });

  test('case 55: faulty lines are 500 and harm nothing', async (t) => {
    const talk = await Conversation.with(t, await serverOn(t));
    for (const line of ['NO\rOP', 'NO\0OP', 'A'.repeat(5000), 'NONSENSE', '']) {
      assert.equal(await talk.say(line), 500);
    }
    assert.equal(await talk.say('AUTH TLS'), 502);
    assert.equal(await talk.say('noop'), 200);
  });

  test('case 56: who sends no FTP is sent away', async (t) => {
    const server = await serverOn(t, { badCommands: 3, discarded: 10_000 });
    const first = await Conversation.with(t, server, false);
    first.socket.write('GET / HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nX: y\r\n\r\n');
    assert.deepEqual([await first.code(), await first.code(), await first.code()], [500, 500, 421]);
    await once(first.socket, 'end');
    const second = await Conversation.with(t, server, false);
    second.socket.write(Buffer.alloc(100_000, 'A'));
    const codes = [await second.code()];
    if (codes[0] === 500) codes.push(await second.code());
    assert.equal(codes.at(-1), 421);
    await once(second.socket, 'end');
  });

  test('QUIT says goodbye and closes', async (t) => {
    const talk = await Conversation.with(t, await serverOn(t));
    assert.equal(await talk.say('QUIT'), 221);
    await once(talk.socket, 'end');
  });

  test('close() ends sessions and transfers, and says so once', async (t) => {
    const server = await serverOn(t);
    const talk = await Conversation.with(t, server);
    const data = await talk.data();
    assert.equal(await talk.say('STOR x'), 150);
    const closing = server.close();
    assert.equal(server.close(), closing);
    await closing;
    assert.ok(await wasReset(data));
  });

  test('every command is either done or said to be missing', async (t) => {
    const talk = await Conversation.with(t, await serverOn(t));
    for (const command of ['HELP', 'HELP RETR']) assert.equal(await talk.say(command), 214);
    assert.deepEqual(
      [await talk.say('TYPE I'), await talk.say('TYPE A N'), await talk.say('TYPE E')],
      [200, 200, 504],
    );
    assert.deepEqual([await talk.say('MODE S'), await talk.say('MODE Z')], [200, 504]);
    assert.deepEqual([await talk.say('STRU F'), await talk.say('STRU R')], [200, 504]);
    assert.deepEqual([await talk.say('OPTS UTF8 ON'), await talk.say('OPTS X')], [200, 501]);
    assert.deepEqual([await talk.say('ALLO 5'), await talk.say('SITE CHMOD 777 x')], [202, 502]);
    assert.equal(await talk.say('ABOR'), 226);
  });
});
