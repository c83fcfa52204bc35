import { PassedControl } from '../../shared/gateway/passed-channel.ts';
import { IMPLICIT } from '../../shared/gateway/security.ts';
import type { Logger } from '../../shared/log.ts';
import type { TlsTerminator } from '../../shared/net/tls-terminator.ts';
import type { Arrival } from './arrivals.ts';
import { clearControl, type ClientControl } from './client-control.ts';
import type { WaitingRoom } from './waiting-room.ts';

export interface HandshakesOptions {
  readonly port: number;
  readonly room: WaitingRoom;
  readonly logger: Logger;
}

/** How a handshake ended; one of the two is called, once. */
export interface HandshakeOutcome {
  secured(control: ClientControl): void;
  failed(reason: string): void;
}

const NOTHING: Uint8Array = new Uint8Array(0);

/** Begins TLS with the clients of an implicit port; a tunnel sees those only who speak it. */
export class Handshakes {
  readonly #options: HandshakesOptions;
  readonly #pending = new Set<PassedControl>();

  constructor(options: HandshakesOptions) {
    this.#options = options;
  }

  begin(arrival: Arrival, terminator: TlsTerminator, outcome: HandshakeOutcome): void {
    const { port, room, logger } = this.#options;
    const client = arrival.client.host;
    const leave = room.enter(client);
    if (leave === undefined) {
      logger.info({ event: 'turned-away', client, port, why: 'max-handshakes' });
      arrival.socket.on('error', () => {}).resetAndDestroy();
      return;
    }
    const finish = (): void => {
      this.#pending.delete(channel);
      leave();
    };
    const channel = new PassedControl(clearControl(arrival, terminator).channel, {
      data: () => {},
      end: () => {},
      drain: () => {},
      flushed: () => {},
      closed: (broken) => {
        finish();
        const why = broken?.reason ?? 'the client closed the connection';
        logger.info({ event: 'handshake-failed', client, port, why });
        outcome.failed(why);
      },
    });
    this.#pending.add(channel);
    channel.secure((tls) => {
      finish();
      channel.pass(NOTHING);
      outcome.secured({ channel, terminator, security: IMPLICIT, tls });
    });
  }

  /** Resets what is not over yet. */
  close(): void {
    for (const channel of this.#pending) channel.reset('the port is closed');
  }
}
