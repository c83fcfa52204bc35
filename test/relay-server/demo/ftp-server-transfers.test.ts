import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { clientOf, Conversation, download, serverOn, streamOf, wasReset } from './ftp-fixture.ts';

suite('demo FTP server: transfers', () => {
  for (const size of [0, 1, 100_000, 5_000_000]) {
    test(`cases 15 and 16: ${size} bytes go up and come down`, async (t) => {
      const server = await serverOn(t);
      const client = await clientOf(t, server);
      const bytes = randomBytes(size);
      await client.uploadFrom(streamOf(bytes), 'a b ü.bin');
      assert.ok(bytes.equals(await readFile(path.join(server.root, 'a b ü.bin'))));
      assert.ok(bytes.equals(await download(client, 'a b ü.bin')));
      assert.equal(await client.size('a b ü.bin'), size);
    });
  }

  test('an upload replaces a longer file', async (t) => {
    const server = await serverOn(t);
    await writeFile(path.join(server.root, 'x'), 'a longer text');
    await (await clientOf(t, server)).uploadFrom(streamOf(Buffer.from('short')), 'x');
    assert.equal(await readFile(path.join(server.root, 'x'), 'utf8'), 'short');
  });

  test('APPE appends, and makes the file if it is not there', async (t) => {
    const server = await serverOn(t);
    const client = await clientOf(t, server);
    await client.appendFrom(streamOf(Buffer.from('one')), 'x');
    await client.appendFrom(streamOf(Buffer.from('two')), 'x');
    assert.equal(await readFile(path.join(server.root, 'x'), 'utf8'), 'onetwo');
  });

  test('case 20: REST holds over PASV, for one transfer, in both directions', async (t) => {
    const server = await serverOn(t);
    const file = path.join(server.root, 'x');
    await writeFile(file, '0123456789');
    const client = await clientOf(t, server);
    assert.equal((await download(client, 'x', 4)).toString(), '456789');
    assert.equal((await download(client, 'x')).toString(), '0123456789');
    const talk = await Conversation.with(t, server);
    assert.equal(await talk.say('REST 3'), 350);
    const data = await talk.data();
    assert.equal(await talk.say('STOR x'), 150);
    data.end('abc');
    assert.equal(await talk.code(), 226);
    assert.equal(await readFile(file, 'utf8'), '012abc6789');
  });

  test('REST beyond the end is refused and forgotten', async (t) => {
    const server = await serverOn(t);
    await writeFile(path.join(server.root, 'x'), '0123');
    const talk = await Conversation.with(t, server);
    const data = await talk.data();
    assert.deepEqual([await talk.say('REST 5'), await talk.say('RETR x')], [350, 554]);
    assert.deepEqual([await talk.say('REST 5'), await talk.say('STOR x')], [350, 554]);
    assert.equal(await talk.say('RETR x'), 150);
    assert.equal((await buffer(data)).toString(), '0123');
    data.end();
    assert.equal(await talk.code(), 226);
    assert.equal(await talk.say('REST -1'), 501);
  });

  test('STOU names the file it made', async (t) => {
    const server = await serverOn(t);
    const talk = await Conversation.with(t, server);
    const data = await talk.data();
    talk.socket.write('STOU\r\n');
    const name = /^150 FILE: (\S+)$/.exec(String((await talk.reply()).lines[0]))?.[1];
    data.end('unique');
    assert.equal(await talk.code(), 226);
    assert.equal(await readFile(path.join(server.root, String(name)), 'utf8'), 'unique');
  });

  test('ten clients transfer at once', async (t) => {
    const server = await serverOn(t);
    const rounds = Array.from({ length: 10 }, async (_, index) => {
      const client = await clientOf(t, server);
      const bytes = randomBytes(300_000);
      await client.uploadFrom(streamOf(bytes), `f${index}`);
      assert.ok(bytes.equals(await download(client, `f${index}`)));
    });
    await Promise.all(rounds);
    assert.equal((await readdir(server.root)).length, 10);
  });

  test('case 6: a broken upload is 426, never 226, and the session goes on', async (t) => {
    const talk = await Conversation.with(t, await serverOn(t));
    const data = await talk.data();
    assert.equal(await talk.say('STOR x'), 150);
    await new Promise((sent) => data.write(randomBytes(100_000), sent));
    data.resetAndDestroy();
    assert.equal(await talk.code(), 426);
    assert.equal(await talk.say('NOOP'), 200);
  });

  test('a download the client breaks off is 426', async (t) => {
    const server = await serverOn(t);
    await writeFile(path.join(server.root, 'x'), Buffer.alloc(20_000_000));
    const talk = await Conversation.with(t, server);
    const data = await talk.data();
    assert.equal(await talk.say('RETR x'), 150);
    await once(data, 'readable');
    data.resetAndDestroy();
    assert.equal(await talk.code(), 426);
  });

  test('a download reset after the last byte was sent, but before it was read, is 426', async (t) => {
    const server = await serverOn(t);
    await writeFile(path.join(server.root, 'x'), 'a few bytes');
    const talk = await Conversation.with(t, server);
    const data = await talk.data();
    assert.equal(await talk.say('RETR x'), 150);
    data.resetAndDestroy();
    assert.equal(await talk.code(), 426);
  });

  test('a client that ends its side first still gets the whole file', async (t) => {
    const server = await serverOn(t);
    const bytes = randomBytes(3_000_000);
    await writeFile(path.join(server.root, 'x'), bytes);
    const talk = await Conversation.with(t, server);
    const data = await talk.data();
    data.end();
    assert.equal(await talk.say('RETR x'), 150);
    assert.ok(bytes.equals(await buffer(data)));
    assert.equal(await talk.code(), 226);
  });

  test('a client that never closes its side gets its 226 all the same', async (t) => {
    const server = await serverOn(t, { dataLinger: 20 });
    await writeFile(path.join(server.root, 'x'), 'text');
    const talk = await Conversation.with(t, server);
    const data = await talk.data();
    t.after(() => data.destroy());
    assert.equal(await talk.say('RETR x'), 150);
    assert.equal((await buffer(data)).toString(), 'text');
    assert.equal(await talk.code(), 226);
  });

  test('case 64: ABOR resets the data connection: 426, then 226', async (t) => {
    const talk = await Conversation.with(t, await serverOn(t));
    const data = await talk.data();
    assert.equal(await talk.say('STOR x'), 150);
    const reset = wasReset(data);
    talk.socket.write(Buffer.from('\xff\xf4\xff\xf2ABOR\r\nNOOP\r\n', 'latin1'));
    assert.deepEqual([await talk.code(), await talk.code(), await talk.code()], [426, 226, 200]);
    assert.ok(await reset);
  });

  test('case 64: ABOR in one packet with what it aborts, with and without a data connection', async (t) => {
    const talk = await Conversation.with(t, await serverOn(t));
    for (const connected of [false, true]) {
      const data = connected ? await talk.data() : undefined;
      if (data === undefined) assert.equal(await talk.say('PASV'), 227);
      talk.socket.write('STOR x\r\nABOR\r\nNOOP\r\n');
      const codes = [await talk.code(), await talk.code(), await talk.code(), await talk.code()];
      assert.deepEqual(codes, [150, 426, 226, 200]);
      if (data !== undefined) assert.ok(await wasReset(data));
    }
  });

  test('a data connection on which nothing moves is 426', async (t) => {
    const talk = await Conversation.with(t, await serverOn(t, { dataIdle: 20 }));
    const data = await talk.data();
    assert.equal(await talk.say('STOR x'), 150);
    assert.equal(await talk.code(), 426);
    data.destroy();
  });

  test('case 70: a control connection that breaks resets the data connection', async (t) => {
    const talk = await Conversation.with(t, await serverOn(t));
    const data = await talk.data();
    assert.equal(await talk.say('STOR x'), 150);
    talk.socket.resetAndDestroy();
    assert.ok(await wasReset(data));
  });

  test('STAT is answered during a transfer', async (t) => {
    const talk = await Conversation.with(t, await serverOn(t));
    const data = await talk.data();
    assert.equal(await talk.say('STOR x'), 150);
    assert.equal(await talk.say('STAT'), 211);
    data.end();
    assert.equal(await talk.code(), 226);
  });
});
