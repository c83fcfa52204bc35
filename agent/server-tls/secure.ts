import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Channel } from '../../shared/channel.ts';
import type { SlabPool } from '../../shared/net/slab-pool.ts';
import { SocketChannel } from '../../shared/net/socket-channel.ts';
import type { Control } from '../control.ts';
import { ServerTlsFault } from './fault.ts';
import { shakeHands } from './handshake.ts';
import { negotiate } from './negotiation.ts';
import type { ServerTlsPlan } from './plan.ts';
import type { Resumption } from './resumption.ts';

interface SecureOptions {
  plan: ServerTlsPlan;
  /** Resolves with what the server is sent first, in clear. */
  preamble: Promise<Uint8Array>;
  /** Nobody waits for the connection any more: it is reset, and no outcome is told. */
  signal: AbortSignal;
}

export interface SecureControlOptions extends SecureOptions {
  resumption: Resumption;
  /** Hears the greeting, or why the server does not want to serve. */
  pass: (bytes: Buffer) => void;
}

export interface SecureDataOptions extends SecureOptions {
  /** Its control connection. */
  control: Control;
  /** Where to gather what is read. */
  gather: SlabPool;
}

/** What the two ends agreed on. */
interface SecuredBy {
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly tls: string | null;
  /** Whether the session of the control connection was resumed. */
  readonly resumed: boolean;
}

/** How it ended; one of these is called, once, unless the signal aborts before. */
export interface SecureOutcome {
  /** Bytes of the channel are those within TLS. */
  secured(channel: Channel, tls: SecuredBy): void;
  /** The connection was reset. */
  failed(fault: ServerTlsFault): void;
}

/**
 * Puts a control connection under TLS: see {@link negotiate}.
 * @param outcome `turnedAway`: the server does not want to serve, said so and was passed on
 */
export async function secureControl(
  raw: Socket,
  options: SecureControlOptions,
  outcome: SecureOutcome & { turnedAway(): void },
): Promise<void> {
  const { plan, resumption, pass, signal } = options;
  const giveUp = watch(raw, signal);
  try {
    const preamble = await options.preamble;
    const secured = await negotiate(raw, { plan, resumption, pass, signal, preamble });
    if (signal.aborted) return;
    if (secured !== undefined) {
      outcome.secured(new SocketChannel(secured, { below: raw }), securedBy(secured));
      return;
    }
    raw.destroy();
    outcome.turnedAway();
  } catch (error) {
    if (!(error instanceof ServerTlsFault)) throw error;
    if (signal.aborted) return;
    raw.resetAndDestroy();
    outcome.failed(error);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** Puts a data connection under TLS; its session is the control connection's, resumed. */
export async function secureData(
  raw: Socket,
  options: SecureDataOptions,
  outcome: SecureOutcome,
): Promise<void> {
  const { plan, control, gather, signal } = options;
  const giveUp = watch(raw, signal);
  const preamble = await options.preamble;
  if (preamble.length > 0 && !signal.aborted) raw.write(preamble);
  control.whenWanted(raw, () => {
    signal.removeEventListener('abort', giveUp);
    if (signal.aborted) return;
    const limit = shakeHands(
      raw,
      { plan, resumption: control.resumption, of: 'data', signal },
      {
        secured: (socket) =>
          outcome.secured(new SocketChannel(socket, { below: raw, gather }), securedBy(socket)),
        failed: (fault) => outcome.failed(fault),
      },
    );
    control.handshake(raw, limit);
  });
}

function securedBy(socket: TLSSocket): SecuredBy {
  return { tls: socket.getProtocol(), resumed: socket.isSessionReused() };
}

/** Until TLS stands nobody else listens to the connection. */
function watch(raw: Socket, signal: AbortSignal): () => void {
  raw.on('error', () => {});
  const giveUp = (): void => void raw.resetAndDestroy();
  if (signal.aborted) giveUp();
  else signal.addEventListener('abort', giveUp, { once: true });
  return giveUp;
}
