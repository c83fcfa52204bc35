import { AGENT_LIMITS } from '../shared/limits.ts';
import type { GuardMessage } from './upload-guard.ts';

/** A connection below Node's sockets: nothing is read, written or ended unless asked for. */
interface RawConnection {
  /** Closes this duplicate. The connection ends with its last one, as SO_LINGER says. */
  close(): void;
  /** Closes this duplicate so that the connection is reset when it is the last one. */
  reset(): void;
}

/**
 * The guard process: holds duplicates of upload connections and resets them when the agent is gone.
 * It must not read from them: their bytes are the agent's. A `net.Socket` reads as soon as it is made,
 * so what arrives here is the connection below it.
 */
const held = new Map<number, RawConnection>();

process.on('message', (message: GuardMessage, handle?: unknown) => {
  if (message.op === 'leave') {
    resetAll();
  } else if (message.op === 'hold' && handle !== undefined) {
    held.set(message.id, handle as RawConnection);
    process.send?.(message.id);
  } else {
    // The connection lives on in the agent, or ends as the agent ended it.
    held.get(message.id)?.close();
    held.delete(message.id);
  }
});

/** A connection that the agent still has is reset when the agent lets go of it, however that happens. */
function resetAll(): void {
  for (const connection of held.values()) connection.reset();
  held.clear();
}

process.on('disconnect', () => {
  // The agent's control connections have ended with it. pyftpdlib must have read that first: an upload that is
  // reset while it has a control connection is complete to it. The others go on storing until the reset.
  if (held.size > 0) setTimeout(resetAll, AGENT_LIMITS.lastWord);
});

// The agent's terminal is also this process's: Ctrl-C is for the agent to act on.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
