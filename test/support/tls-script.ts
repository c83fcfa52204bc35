/** Handlers of a scripted FTP server that speaks TLS. */
import { createSecureContext, type SecureContext, type SecureVersion } from 'node:tls';
import type { Issued } from './certificates.ts';
import type { Handler, Script, ScriptedSession } from './scripted-server.ts';
import type { WatchedSocket } from './watched-socket.ts';

/** A server's side of TLS with this certificate. */
export function contextOf({ cert, key }: Issued, maxVersion?: SecureVersion): SecureContext {
  return createSecureContext({ cert, key, ...(maxVersion !== undefined && { maxVersion }) });
}

/** Agrees to AUTH TLS, PBSZ and PROT, and goes on under TLS. */
export function explicitTls(context: SecureContext): Script {
  return {
    AUTH: (session) => {
      session.reply('234 go ahead');
      session.secure(context);
    },
    PBSZ: (session) => session.reply('200 PBSZ=0'),
    PROT: (session, level) => session.reply(`200 ${level} it is`),
  };
}

/** TLS from the first byte. */
export function implicitTls(context: SecureContext): Script {
  return {
    ...explicitTls(context),
    GREETING: (session) => {
      session.secure(context);
      session.reply('220 scripted, under TLS');
    },
  };
}

/** The data connection under TLS. */
export async function secureData(
  session: ScriptedSession,
  context: SecureContext,
): Promise<WatchedSocket> {
  const data = await session.data();
  return data.secure(context, data.received);
}

/** Sends these bytes under TLS, and an end. */
export function secureDownload(context: SecureContext, bytes: Uint8Array): Handler {
  return async (session) => {
    const data = await secureData(session, context);
    session.reply('150 here');
    data.send(bytes);
    data.end();
    const outcome = await data.finished;
    session.reply(outcome === 'fin' ? '226 sent' : '426 broken');
  };
}
