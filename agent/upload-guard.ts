import { fork, type ChildProcess, type SendHandle } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Logger } from '../shared/log.ts';

/**
 * What the guard process is told; `hold` comes with the socket. It answers `hold` with the id. `leave`: the
 * agent ends in good order, and the connections are its own again.
 */
export type GuardMessage = { op: 'hold' | 'drop'; id: number } | { op: 'leave' };

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
  /** Sockets that wait for their turn: a second one is not sent before the first has arrived. */
  #waiting: Socket[] = [];
  /** The socket that is under way to the guard process. */
  #sending: Socket | undefined;
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
    this.#child ??= this.#start();
    this.#held.set(socket, this.#nextId);
    this.#nextId += 1;
    this.#waiting.push(socket);
    socket.once('close', () => this.#closed(socket));
    this.#sendNext();
  }

  /** Ends the guard process. Uploads that run on end with a reset all the same, and no later for it. */
  close(): void {
    const child = this.#child;
    this.#child = undefined;
    if (child?.connected !== true) return;
    const message: GuardMessage = { op: 'leave' };
    child.send(message, () => {
      if (child.connected) child.disconnect();
    });
  }

  #start(): ChildProcess {
    const child = fork(GUARD_PROCESS, { stdio: 'ignore', execArgv: [] });
    child.on('message', (id: number) => {
      this.#logger.debug({ event: 'upload-guarded', id });
      this.#sending = undefined;
      this.#sendNext();
    });
    child.on('error', (error) => this.#logger.warn({ event: 'upload-guard-error', err: error }));
    child.on('exit', (code, signal) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#sending = undefined;
      this.#waiting = [];
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

  /** Node sends one socket at a time and would queue the others, which may be closed by their turn. */
  #sendNext(): void {
    if (this.#sending !== undefined) return;
    const socket = this.#waiting.shift();
    const id = socket === undefined ? undefined : this.#held.get(socket);
    if (socket === undefined || id === undefined) return;
    this.#sending = socket;
    // The connection below the socket, which Node keeps to itself: a socket would begin to read at
    // the other end. Sent like this it stays open here.
    const { _handle: connection } = socket as unknown as { _handle?: SendHandle | null };
    this.#tell({ op: 'hold', id }, connection ?? undefined);
  }

  #closed(socket: Socket): void {
    const id = this.#held.get(socket);
    this.#held.delete(socket);
    if (this.#waiting.includes(socket)) {
      this.#waiting = this.#waiting.filter((one) => one !== socket);
    } else if (id !== undefined) {
      this.#tell({ op: 'drop', id });
    }
  }

  #tell(message: GuardMessage, connection?: SendHandle): void {
    const child = this.#child;
    if (child?.connected !== true) return;
    child.send(message, connection, undefined, (error) => {
      if (error === null) return;
      this.#logger.warn({ event: 'upload-guard-error', err: error });
      if (message.op !== 'hold') return;
      this.#sending = undefined;
      this.#sendNext();
    });
  }
}
