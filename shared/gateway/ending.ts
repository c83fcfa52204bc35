import type { Reply } from '../ftp/reply.ts';
import type { Culprit } from './events.ts';

/** Why a session ends. */
export interface Ending {
  by: Culprit;
  /** An {@link EndCode}, or the code of the channel that broke. */
  code: string;
  reason: string;
  /** The last reply the client reads. */
  lastWords?: Reply;
}

export const CLIENT_CLOSED: Ending = {
  by: 'client',
  code: 'client-closed',
  reason: 'the client closed the connection',
};
