import { fork, type ChildProcess, type SendHandle } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Logger } from '../shared/log.ts';

/** What the guard process is told; `hold` comes with the socket. It answers `hold` with the id. */
export type GuardMessage = { op: 'hold' | 'drop'; id: number };

const GUARD_PROCESS = fileURLToPath(new URL('./upload-guard-process.ts', import.meta.url));

/**
 * Keeps a killed agent from completing uploads. When a process dies by SIGKILL or for want of memory,
 * the kernel ends its connections with FIN, and every FTP server takes a FIN for the end of the file.
 *
 * So a small process of its own holds a duplicate of each upload's socket: while it does, no FIN leaves,
 * and when this process is gone it resets them. It starts with the first upload and does nothing else.
 */
export class UploadGuard {
  readonly #logger: Logger;
  readonly #held = new Map<Socket, number>();
  #child: ChildProcess | undefined;
  #nextId = 1;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /**
   * Guards a connected socket until it closes. Idempotent. `upload-guarded` is logged when the guard
   * process has its duplicate, some milliseconds later.
   */
  protect(socket: Socket): void {
    if (socket.destroyed || this.#held.has(socket)) return;
    const child = (this.#child ??= this.#start());
    const id = this.#nextId;
    this.#nextId += 1;
    this.#held.set(socket, id);
    // The connection below the socket, which Node keeps to itself: a socket would begin to read at
    // the other end. Sent like this it stays open here.
    const { _handle: connection } = socket as unknown as { _handle?: SendHandle | null };
    this.#tell(child, { op: 'hold', id }, connection ?? undefined);
    socket.once('close', () => {
      this.#held.delete(socket);
      this.#tell(child, { op: 'drop', id });
    });
  }

  /** Ends the guard process once nothing is held. */
  close(): void {
    this.#child?.disconnect();
    this.#child = undefined;
  }

  #start(): ChildProcess {
    const child = fork(GUARD_PROCESS, { stdio: 'ignore', execArgv: [] });
    child.on('message', (id: number) => this.#logger.debug({ event: 'upload-guarded', id }));
    child.on('error', (error) => this.#logger.warn({ event: 'upload-guard-error', err: error }));
    child.on('exit', (code, signal) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#logger.warn(
        { event: 'upload-guard-ended', code, signal },
        'it starts again with the next upload',
      );
    });
    // The agent ends when its own work is done, not when the guard's is.
    child.unref();
    child.channel?.unref();
    return child;
  }

  #tell(child: ChildProcess, message: GuardMessage, connection?: SendHandle): void {
    if (!child.connected) return;
    child.send(message, connection, undefined, (error) => {
      if (error !== null) this.#logger.warn({ event: 'upload-guard-error', err: error });
    });
  }
}
