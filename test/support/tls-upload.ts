import type { ScriptedServer } from './scripted-server.ts';
import type { TlsRawClient } from './tls-raw-client.ts';
import type { Outcome, WatchedSocket } from './watched-socket.ts';

/** An upload that has begun. */
export interface Upload {
  readonly tls: WatchedSocket;
  readonly below: WatchedSocket;
  /** What the server stored. */
  readonly stored: Promise<Buffer>;
  /** How its data connection ended. */
  readonly outcome: Promise<Outcome>;
}

/** An upload that has begun, with TLS on the client's data connection. */
export async function beginUpload(server: ScriptedServer, client: TlsRawClient): Promise<Upload> {
  const { below, ...rest } = await beginUploadInClear(server, client);
  const tls = await client.secure(below);
  return { tls, below, ...rest };
}

/** The same before anything was sent on the data connection. */
export async function beginUploadInClear(
  server: ScriptedServer,
  client: TlsRawClient,
): Promise<Omit<Upload, 'tls'>> {
  const below = await client.ftp.openData();
  return { below, ...(await beginUploadOn(server, client)) };
}

/** The same where the data connection is there already. */
export async function beginUploadOn(
  server: ScriptedServer,
  client: TlsRawClient,
): Promise<Pick<Upload, 'stored' | 'outcome'>> {
  const at = Promise.withResolvers<WatchedSocket>();
  const outcome = at.promise.then((data) => data.finished);
  server.script = {
    ...server.script,
    STOR: async (session) => {
      const data = await session.data();
      session.reply('150 send');
      at.resolve(data);
      const how = await data.finished;
      data.end();
      session.reply(how === 'fin' ? '226 stored' : '426 broken');
    },
  };
  client.ftp.send('STOR file\r\n');
  await client.ftp.expect(150);
  const stored = at.promise.then(async (data) => {
    await outcome;
    return data.received;
  });
  return { stored, outcome };
}

/** Sends bytes, and waits until the system has them. */
export async function sent({ socket }: WatchedSocket, bytes: Uint8Array): Promise<void> {
  await new Promise((resolve) => socket.write(bytes, resolve));
}
