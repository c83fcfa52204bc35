import { randomUUID } from 'node:crypto';
import { BlockList } from 'node:net';
import { GangwayError } from '../shared/errors.ts';
import { BAN_LIMITS } from '../shared/limits.ts';
import type { Logger } from '../shared/log.ts';
import { canonicalAddress } from '../shared/net/address.ts';
import { holderOf, network, Networks } from '../shared/net/networks.ts';
import type { BanStore, StoredBan } from './store/history.ts';
import type { CreateBan } from './views/access.ts';
import type { SettingsView } from './views/settings.ts';

export interface BansOptions {
  readonly store: BanStore;
  readonly rules: () => SettingsView['bans'];
  /** An address was banned by itself. */
  readonly banned?: (ban: StoredBan, failures: number) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
}

/** Failed logins of one client address. */
interface Failures {
  times: number[];
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Who may not come: banned by people, or by failing to log in too often. Kept in memory, so that asking costs a
 * client nothing, and in the store.
 */
export class Bans {
  readonly #options: BansOptions;
  readonly #failures = new Map<string, Failures>();
  #bans: { ban: StoredBan; networks: Networks }[] = [];
  /** Bans of single addresses, which most are, by address. */
  #single = new Map<string, StoredBan[]>();

  private constructor(options: BansOptions) {
    this.#options = options;
  }

  static async open(options: BansOptions): Promise<Bans> {
    const bans = new Bans(options);
    for (const ban of await options.store.list()) bans.#keep(ban);
    return bans;
  }

  /** The ban in force against a client of a tunnel. @param address canonical */
  banOf(address: string, tunnel: string): StoredBan | undefined {
    const holds = (ban: StoredBan): boolean =>
      (ban.tunnel === null || ban.tunnel === tunnel) && !this.#isOver(ban);
    const single = this.#single.get(address)?.find(holds);
    if (single !== undefined) return single;
    return this.#bans.find(({ ban, networks }) => holds(ban) && networks.has(address))?.ban;
  }

  /** Bans in force, the newest first. */
  get all(): StoredBan[] {
    const single = [...this.#single.values()].flat();
    return [...single, ...this.#bans.map(({ ban }) => ban)]
      .filter((ban) => !this.#isOver(ban))
      .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
  }

  /** @throws GangwayError `ban-invalid`, `too-many-bans`. */
  async add({ network: text, tunnel = null, reason, until = null }: CreateBan): Promise<StoredBan> {
    const parsed = network(text);
    if (!parsed.ok) {
      const { problem, remedy } = parsed;
      throw new GangwayError('ban-invalid', `"${text.slice(0, 64)}" ${problem}`, {
        remedy,
        exitCode: 2,
      });
    }
    return this.#add({ network: parsed.value, tunnel, reason, until, automatic: false });
  }

  /** @returns the ban that was lifted; undefined if there was none */
  async remove(id: string): Promise<StoredBan | undefined> {
    const ban = this.all.find((one) => one.id === id);
    if (ban === undefined || !(await this.#options.store.remove(id))) return undefined;
    this.#drop(id);
    this.#failures.delete(addressOf(ban.network) ?? '');
    return ban;
  }

  /** A login failed. @param address canonical */
  loginFailed(address: string): void {
    const { rules, now, logger } = this.#options;
    const { enabled, failures, within, duration, never } = rules();
    if (!enabled || isLoopback(address) || new Networks(never).has(address)) return;
    const holder = holderOf(address);
    const at = now();
    const known = this.#failures.get(holder) ?? { times: [] };
    const times = [...known.times.filter((one) => one > at - within), at].slice(-failures);
    this.#remember(holder, { times });
    if (times.length < failures) return;
    this.#failures.delete(holder);
    const reason = `${times.length} failed logins`;
    const wanted = { network: cidrOf(holder), tunnel: null, reason, until: at + duration };
    this.#add({ ...wanted, automatic: true }).then(
      (ban) => {
        logger.warn({ event: 'banned', network: ban.network, until: ban.until, reason });
        this.#options.banned?.(ban, times.length);
      },
      (err: unknown) => logger.error({ event: 'ban-failed', address, err }),
    );
  }

  /** A login succeeded: who knows the password may have mistyped it before. @param address canonical */
  loginSucceeded(address: string): void {
    this.#failures.delete(holderOf(address));
  }

  /** Deletes bans that are over from the store. */
  async sweep(): Promise<void> {
    for (const ban of await this.#options.store.list()) {
      if (!this.#isOver(ban)) continue;
      await this.#options.store.remove(ban.id);
      this.#drop(ban.id);
    }
  }

  async #add(wanted: Omit<StoredBan, 'id' | 'createdAt'>): Promise<StoredBan> {
    if (this.all.length >= BAN_LIMITS.bans) {
      throw new GangwayError('too-many-bans', `there are ${BAN_LIMITS.bans} bans already`, {
        remedy: 'Lift some, or ban a network instead of its addresses.',
      });
    }
    const ban = { id: randomUUID(), createdAt: this.#options.now(), ...wanted };
    // It holds at once, whatever the store takes.
    this.#keep(ban);
    await this.#options.store.add(ban);
    return ban;
  }

  #keep(ban: StoredBan): void {
    const address = addressOf(ban.network);
    if (address === undefined) {
      this.#bans.push({ ban, networks: new Networks([ban.network]) });
      return;
    }
    this.#single.set(address, [...(this.#single.get(address) ?? []), ban]);
  }

  #drop(id: string): void {
    this.#bans = this.#bans.filter(({ ban }) => ban.id !== id);
    for (const [address, bans] of this.#single) {
      const left = bans.filter((ban) => ban.id !== id);
      if (left.length === 0) this.#single.delete(address);
      else this.#single.set(address, left);
    }
  }

  #isOver({ until }: StoredBan): boolean {
    return until !== null && until <= this.#options.now();
  }

  #remember(holder: string, failures: Failures): void {
    this.#failures.delete(holder);
    this.#failures.set(holder, failures);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > BAN_LIMITS.counted && oldest !== undefined) {
      this.#failures.delete(oldest);
    }
  }
}

/** The address of a network that has one only. */
function addressOf(cidr: string): string | undefined {
  const [address = '', bits] = cidr.split('/');
  return bits === (address.includes(':') ? '128' : '32') ? canonicalAddress(address) : undefined;
}

/** A holder as {@link network} spells it. */
function cidrOf(holder: string): string {
  return holder.includes('/') ? holder : `${holder}/32`;
}

function isLoopback(address: string): boolean {
  return LOOPBACK.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}
