import type { HostPort } from '../ftp/address.ts';
import type { TransferDirection } from '../ftp/command.ts';

/** Who broke something off, as far as the gateway can see. */
export type Culprit = 'client' | 'server' | 'tunnel' | 'gateway';

/**
 * What happens in a session. Logs, history, diagnosis and the dashboard subscribe to these; the
 * gateway itself keeps no record.
 */
export type SessionEvent =
  | { type: 'opened'; client: HostPort }
  | { type: 'greeted'; code: number }
  | { type: 'user'; name: string }
  | { type: 'logged-in'; code: number }
  | { type: 'login-failed'; code: number; text: string }
  /** A command as it was received; arguments of PASS and ACCT are never in it. */
  | { type: 'command'; verb: string; argument?: string }
  /** A line that is no command, and what is wrong with it. */
  | { type: 'bad-line'; fault: string }
  /** A command the gateway answered itself with a refusal. */
  | { type: 'refused'; verb: string; code: number; text: string }
  | { type: 'passive-offered'; verb: string; port: number; host?: string; serverPort: number }
  /** The client's PORT or EPRT was agreed to; it is dialled there when a transfer begins. */
  | { type: 'active-offered'; verb: string; host: string; port: number; serverPort: number }
  /** No data port was had of the server, or none of ours was free. */
  | { type: 'passive-failed'; verb: string; text: string }
  | { type: 'data-accepted'; port: number }
  /** The client was reached; `localPort` is where it was dialled from. */
  | { type: 'data-dialled'; host: string; port: number; localPort: number }
  | { type: 'transfer-started'; verb: string; name: string; direction: TransferDirection }
  | {
      type: 'transfer-ended';
      verb: string;
      name: string;
      direction: TransferDirection;
      /** Payload bytes that were delivered on the public side. */
      bytes: number;
      ms: number;
      /** Code of the reply the client got. */
      code: number;
      broken?: { by: Culprit; reason: string };
    }
  | { type: 'closed'; by: Culprit; reason: string; ms: number };
