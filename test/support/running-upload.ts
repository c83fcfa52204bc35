import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { grows } from './grows.ts';
import { RawClient } from './raw-client.ts';
import type { UploadWord, WitnessedServer } from './servers/witnessed.ts';
import type { Site } from './site.ts';
import type { WatchedSocket } from './watched-socket.ts';

/** More than fits into the buffers of server and client. */
const PART = Buffer.alloc(256 * 1024, 'x');

let count = 0;

/** An upload of a real client to a real server, in its middle. */
export class RunningUpload {
  readonly client: RawClient;
  readonly data: WatchedSocket;
  readonly #server: WitnessedServer;
  readonly #file: string;

  private constructor(
    client: RawClient,
    data: WatchedSocket,
    [server, file]: [WitnessedServer, string],
  ) {
    this.client = client;
    this.data = data;
    this.#server = server;
    this.#file = file;
  }

  /** Begins one that the server writes, and the agent's guard process holds. */
  static async begin(site: Site, witnessed: WitnessedServer): Promise<RunningUpload> {
    const { agent, host, port } = site;
    const { user, password, home } = witnessed.server;
    const from = agent.events().length;
    count += 1;
    const file = `part-${count}`;
    const client = await RawClient.login({ host, port, user, password });
    await client.ask('TYPE I', 200);
    const data = await client.openData();
    client.send(`STOR ${file}\r\n`);
    const { code } = await client.reply();
    assert.ok(code === 150 || code === 125, String(code));
    data.send(PART);
    await grows(join(home, file));
    await agent.waitFor('upload-guarded', { from });
    return new RunningUpload(client, data, [witnessed, file]);
  }

  /** What the client reads of its end: 426 and 421, both with the reason, and no more. */
  async told(reason: RegExp): Promise<void> {
    assert.equal(await this.data.outcome, 'rst');
    assert.match(await this.client.expect(426), reason);
    assert.match(await this.client.expect(421), reason);
    assert.equal(await this.client.control.outcome, 'fin');
  }

  /** What the server takes it for. */
  word(): Promise<UploadWord> {
    return this.#server.word(this.#file);
  }
}
