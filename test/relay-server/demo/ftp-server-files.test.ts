import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { FTPError } from 'basic-ftp';
import {
  clientOf,
  Conversation,
  download,
  serverOn,
  streamOf,
  temporaryFolder,
} from './ftp-fixture.ts';

function refusal(code: number): (error: unknown) => boolean {
  return (error) => error instanceof FTPError && error.code === code;
}

suite('demo FTP server: files', () => {
  test('listings in all four forms', async (t) => {
    const server = await serverOn(t);
    await mkdir(path.join(server.root, 'sub'));
    await writeFile(path.join(server.root, 'a b'), '12345');
    await writeFile(path.join(server.root, 'sub', 'ü'), '');
    const client = await clientOf(t, server);
    for (const command of ['MLSD', 'LIST -a', 'LIST'] as const) {
      client.availableListCommands = [command];
      const found = (await client.list()).map(({ name, size, isDirectory }) => ({
        name,
        size,
        isDirectory,
      }));
      assert.deepEqual(found[0], { name: 'a b', size: 5, isDirectory: false }, command);
      assert.deepEqual([found.length, found[1]?.name, found[1]?.isDirectory], [2, 'sub', true]);
    }
    const talk = await Conversation.with(t, server);
    const names: Record<string, string> = {
      NLST: 'a b\r\nsub\r\n',
      'NLST sub': 'sub/ü\r\n',
      'NLST /sub/': '/sub/ü\r\n',
    };
    for (const [command, expected] of Object.entries(names)) {
      const data = await talk.data();
      assert.equal(await talk.say(command), 150);
      assert.equal((await buffer(data)).toString(), expected);
      data.end();
      assert.equal(await talk.code(), 226);
    }
    talk.socket.write('MLST a b\r\n');
    assert.match(
      String((await talk.reply()).lines[1]),
      /^ type=file;size=5;modify=\d{14};perm=\w+; \/a b$/,
    );
    talk.socket.write('STAT sub\r\n');
    assert.match(String((await talk.reply()).lines[1]), /^ -rw.* ü$/);
  });

  test('OPTS MLST chooses facts', async (t) => {
    const talk = await Conversation.with(t, await serverOn(t));
    assert.equal(await talk.say('OPTS MLST size;type;nonsense;'), 200);
    talk.socket.write('MLST\r\n');
    assert.match(String((await talk.reply()).lines[1]), /^ type=dir;size=\d+; \/$/);
  });

  test('a directory of 3,000 files is listed completely', async (t) => {
    const server = await serverOn(t);
    const names = Array.from({ length: 3000 }, (_, index) => `file ${index}`);
    await Promise.all(names.map((name) => writeFile(path.join(server.root, name), '')));
    const listed = await (await clientOf(t, server)).list();
    assert.deepEqual(listed.map(({ name }) => name).toSorted(), names.toSorted());
  });

  test('directories and names are made, changed and removed', async (t) => {
    const server = await serverOn(t);
    const client = await clientOf(t, server);
    await client.ensureDir('a/b "c"');
    assert.match((await client.send('PWD')).message, /^257 "\/a\/b ""c"""/);
    await client.uploadFrom(streamOf(Buffer.from('x')), '-rf');
    await client.rename('-rf', '/moved');
    assert.equal(await readFile(path.join(server.root, 'moved'), 'utf8'), 'x');
    assert.ok((await client.lastMod('/moved')).getTime() > Date.now() - 60_000);
    await client.remove('/moved');
    await client.cdup();
    await assert.rejects(client.send('RMD /a'), refusal(550));
    await client.removeDir('/a');
    assert.deepEqual(await readdir(server.root), []);
  });

  test('X forms mean the same', async (t) => {
    const talk = await Conversation.with(t, await serverOn(t));
    const commands = ['XMKD d', 'XCWD d', 'XPWD', 'XCUP', 'XRMD d'];
    const codes: number[] = [];
    for (const command of commands) codes.push(await talk.say(command));
    assert.deepEqual(codes, [257, 250, 257, 250, 250]);
  });

  test('no path leads out of the folder', async (t) => {
    const server = await serverOn(t);
    const outside = await temporaryFolder(t);
    await writeFile(path.join(outside, 'secret'), 'secret');
    await symlink(outside, path.join(server.root, 'out'));
    await symlink(path.join(outside, 'secret'), path.join(server.root, 'file'));
    await symlink(path.join(outside, 'new'), path.join(server.root, 'dangling'));
    const talk = await Conversation.with(t, server);
    const name = path.basename(outside);
    const paths = [
      `../${name}/secret`,
      `/../../${outside}/secret`,
      `${outside}/secret`,
      'out/secret',
      'file',
      'out/../out/secret',
    ];
    for (const attempt of paths) {
      assert.equal(await talk.say('PASV'), 227);
      for (const verb of ['RETR', 'SIZE', 'MDTM', 'MLST', 'CWD', 'LIST', 'RNFR', 'STAT']) {
        assert.equal(await talk.say(`${verb} ${attempt}`), 550, `${verb} ${attempt}`);
      }
    }
    for (const attempt of ['out/new', 'dangling', 'file', '../new/x']) {
      for (const verb of ['STOR', 'APPE']) {
        assert.equal(await talk.say(`${verb} ${attempt}`), 550, `${verb} ${attempt}`);
      }
    }
    for (const attempt of ['MKD out/d', 'DELE out/secret', 'RMD out', 'RMD /']) {
      assert.equal(await talk.say(attempt), 550, attempt);
    }
    assert.deepEqual([await talk.say('CWD ../../..'), await talk.say('MKD real')], [250, 257]);
    assert.deepEqual([await talk.say('RNFR real'), await talk.say('RNTO out/d')], [350, 550]);
    assert.deepEqual(await readdir(outside), ['secret']);
    assert.equal(await readFile(path.join(outside, 'secret'), 'utf8'), 'secret');
    const listed = await (await clientOf(t, server)).list();
    assert.deepEqual(
      listed.map((entry) => entry.name),
      ['real'],
    );
  });

  test('a link that stays inside is followed; deleting it leaves its target', async (t) => {
    const server = await serverOn(t);
    await writeFile(path.join(server.root, 'x'), 'target');
    await symlink('x', path.join(server.root, 'link'));
    const client = await clientOf(t, server);
    assert.equal((await download(client, 'link')).toString(), 'target');
    await client.remove('link');
    assert.equal((await stat(path.join(server.root, 'x'))).size, 6);
  });

  test('names that are not UTF-8, and files that are none, are refused', async (t) => {
    const server = await serverOn(t);
    await mkdir(path.join(server.root, 'dir'));
    const talk = await Conversation.with(t, server);
    talk.socket.write(Buffer.from('CWD \xe4\r\n', 'latin1'));
    assert.equal(await talk.code(), 553);
    assert.equal(await talk.say('PASV'), 227);
    for (const attempt of ['RETR dir', 'STOR dir', 'SIZE dir', 'RETR none', 'CWD none']) {
      assert.equal(await talk.say(attempt), 550, attempt);
    }
    assert.equal(await talk.say('RETR'), 501);
    assert.equal(await talk.say('RNTO x'), 503);
  });
});
