import { isIPv4 } from 'node:net';
import { GangwayError } from '../shared/errors.ts';
import { CARRIER_LIMITS } from '../shared/limits.ts';
import type { Logger } from '../shared/log.ts';
import type { Carrier } from '../shared/mux/carrier.ts';
import type { Link } from '../shared/mux/link.ts';
import { systemTimers } from '../shared/time.ts';
import { FinalRefusal, type Dialled } from './connect.ts';
import { NetworkWatch } from './network-watch.ts';

export interface CarriersOptions {
  readonly link: Link;
  /** Dials another carrier of the link, within so many milliseconds. */
  readonly dial: (timeout: number) => Promise<Dialled>;
  /** Most carriers at once, the one for control among them. */
  readonly most: number;
  /** The relay will not have this agent again. */
  readonly refused: (why: FinalRefusal) => void;
  readonly logger: Logger;
  readonly network?: NetworkWatch;
  readonly now?: () => number;
}

/**
 * Keeps a link in carriers: two while nothing moves, more while something does, and in all haste another
 * when it has lost the last. A link that does not resume keeps the one it began with.
 */
export class Carriers {
  readonly #options: CarriersOptions;
  readonly #network: NetworkWatch;
  readonly #now: () => number;
  /** The carriers of the link, with the address of this machine that each uses. */
  readonly #local = new Map<Carrier, string>();
  #isOpen = true;
  #resumes = false;
  #wanted: number = CARRIER_LIMITS.idle;
  #dialling = 0;
  #dialledAt = -Infinity;
  #failures = 0;
  #notBefore = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  /** Bytes the link had moved, and since when it has moved no more than a little. */
  #moved = 0;
  #idleSince: number;

  constructor(options: CarriersOptions) {
    this.#options = options;
    this.#network = options.network ?? new NetworkWatch();
    this.#now = options.now ?? systemTimers.now;
    this.#idleSince = this.#now();
    this.#wanted = Math.min(options.most, CARRIER_LIMITS.idle);
  }

  /** The first carrier is there. */
  begin(first: Dialled): void {
    this.#resumes = first.grace > 0;
    this.#attach(first);
    this.#fill();
  }

  /** Bytes begin to move in earnest. */
  busy(): void {
    this.#idleSince = this.#now();
    this.#wanted = this.#options.most;
    this.#fill();
  }

  /** The link has lost a carrier. */
  lost({ reason, left }: { reason: string; left: number }): void {
    const { logger } = this.#options;
    if (left > 0) logger.info({ event: 'carrier-lost', left }, reason);
    else logger.warn({ event: 'link-interrupted' }, `${reason}; transfers wait and go on`);
    if (left === 0) this.#haste();
    this.#fill();
  }

  /** To be called about once a second. */
  tick(): void {
    if (!this.#isOpen || !this.#resumes) return;
    this.#lookAtNetwork();
    this.#rest();
    this.#fill();
  }

  /** The link is over. */
  close(): void {
    this.#isOpen = false;
    clearTimeout(this.#timer);
  }

  /** Those whose address is no longer this machine's are dead; the others have to show that they live. */
  #lookAtNetwork(): void {
    const addresses = this.#network.changed();
    if (addresses === undefined) return;
    this.#options.logger.info({ event: 'network-changed' });
    for (const [carrier, address] of this.#local) {
      if (!isLoopback(address) && !addresses.has(address)) carrier.terminate();
    }
    this.#options.link.doubt(CARRIER_LIMITS.doubt);
    this.#haste();
  }

  /** Nothing moves: carriers beyond those of an idle link are closed. */
  #rest(): void {
    const { link, most } = this.#options;
    const moved = link.moved - this.#moved;
    this.#moved = link.moved;
    if (moved > CARRIER_LIMITS.idleBytes) this.#idleSince = this.#now();
    if (this.#now() - this.#idleSince < CARRIER_LIMITS.idleAfter) return;
    this.#wanted = Math.min(most, CARRIER_LIMITS.idle);
    if (link.carrierCount > this.#wanted) link.retire(link.carrierCount - this.#wanted);
  }

  /** What was tried under other circumstances is no reason to wait. */
  #haste(): void {
    this.#failures = 0;
    this.#notBefore = -Infinity;
  }

  #fill(): void {
    const { link } = this.#options;
    if (!this.#isOpen || !this.#resumes || link.closed !== undefined) return;
    const now = this.#now();
    if (now < this.#notBefore) return;
    if (link.carrierCount > 0) {
      while (link.carrierCount + this.#dialling < this.#wanted) this.#dial(now);
      return;
    }
    // A dial may hang for long when the line is down, and the next may find it up again.
    const isDue = this.#dialling === 0 || now - this.#dialledAt >= CARRIER_LIMITS.again;
    if (isDue && this.#dialling < CARRIER_LIMITS.dials) this.#dial(now);
  }

  #dial(now: number): void {
    const { dial, link } = this.#options;
    this.#dialling += 1;
    this.#dialledAt = now;
    dial(CARRIER_LIMITS.handshake)
      .then(
        (dialled) => {
          this.#failures = 0;
          this.#attach(dialled);
        },
        (error: unknown) => this.#failed(error),
      )
      .catch((error: unknown) => link.close('link-lost', String(error)))
      .finally(() => {
        this.#dialling -= 1;
        this.#fill();
      });
  }

  #attach(dialled: Dialled): void {
    const { carrier, localAddress } = dialled;
    if (!this.#isOpen) return carrier.terminate();
    for (const [known] of this.#local)
      if (!this.#options.link.has(known)) this.#local.delete(known);
    if (localAddress !== undefined) this.#local.set(carrier, localAddress);
    return this.#options.link.attach(carrier);
  }

  #failed(error: unknown): void {
    const { link, logger, refused } = this.#options;
    if (!this.#isOpen) return;
    if (!(error instanceof GangwayError)) throw error;
    if (error instanceof FinalRefusal) {
      refused(error);
      link.close('agent-revoked', error.message);
    } else if (error.code === 'link-unknown') {
      link.close('relay-restarted', error.message);
    } else {
      logger.info({ event: 'carrier-failed', code: error.code }, error.message);
      this.#backOff();
    }
  }

  #backOff(): void {
    const { firstRetry, lastRetry, lastRetryBeside } = CARRIER_LIMITS;
    const most = this.#options.link.carrierCount > 0 ? lastRetryBeside : lastRetry;
    const wait = Math.min(most, firstRetry * 2 ** this.#failures) * (0.5 + Math.random() / 2);
    this.#failures += 1;
    this.#notBefore = this.#now() + wait;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fill(), wait + 1);
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}
