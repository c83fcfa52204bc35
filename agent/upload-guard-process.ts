import type { Socket } from 'node:net';
import type { GuardMessage } from './upload-guard.ts';

/**
 * The guard process: holds duplicates of upload sockets and resets them when the agent is gone.
 * It never reads, writes or ends one: all of that is the agent's.
 */
const held = new Map<number, Socket>();

process.on('message', (message: GuardMessage, socket?: Socket) => {
  if (message.op === 'hold' && socket !== undefined) {
    // Otherwise this process would answer the server's half-close with one of its own.
    socket.allowHalfOpen = true;
    socket.pause();
    socket.on('error', () => {});
    held.set(message.id, socket);
    process.send?.(message.id);
  } else {
    // Only closes the duplicate; the connection lives on in the agent, or ends as the agent ended it.
    held.get(message.id)?.destroy();
    held.delete(message.id);
  }
});

process.on('disconnect', () => {
  for (const socket of held.values()) socket.resetAndDestroy();
});

// The agent's terminal is also this process's: Ctrl-C is for the agent to act on.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
