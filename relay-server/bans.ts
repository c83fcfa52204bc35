import { randomUUID } from 'node:crypto';
import { GangwayError } from '../shared/errors.ts';
import { BAN_LIMITS } from './watch-limits.ts';
import type { Logger } from '../shared/log.ts';
import { network, Networks } from '../shared/net/networks.ts';
import { BanIndex } from './ban-index.ts';
import { FailedLogins } from './failed-logins.ts';
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

/** This machine. */
const LOOPBACK = new Networks(['127.0.0.0/8', '::1/128']);

/**
 * Who may not come: banned by people, or by failing to log in too often. Kept in memory, so that asking costs a
 * client nothing, and in the store.
 */
export class Bans {
  readonly #options: BansOptions;
  readonly #failures: FailedLogins;
  readonly #index = new BanIndex();
  #never = { listed: [] as readonly string[], networks: new Networks([]) };

  private constructor(options: BansOptions) {
    this.#options = options;
    this.#failures = new FailedLogins(options.now);
  }

  static async open(options: BansOptions): Promise<Bans> {
    const bans = new Bans(options);
    for (const ban of await options.store.list()) bans.#index.add(ban);
    return bans;
  }

  /** The ban in force against a client of a tunnel; undefined if he may come. */
  banOf(address: string, tunnel: string): StoredBan | undefined {
    return this.#index.find(
      address,
      (ban) => (ban.tunnel === null || ban.tunnel === tunnel) && !this.#isOver(ban),
    );
  }

  /** Bans in force, the newest first. */
  get all(): StoredBan[] {
    return this.#index
      .filter((ban) => !this.#isOver(ban))
      .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
  }

  /** @throws GangwayError `ban-invalid`, `too-many-bans`. */
  async add({ network: text, tunnel = null, reason, until = null }: CreateBan): Promise<StoredBan> {
    const parsed = network(text);
    if (!parsed.ok) throw invalid(`"${text.slice(0, 64)}" ${parsed.problem}`, parsed.remedy);
    if (until !== null && until <= this.#options.now())
      throw invalid('the ban would be over already', 'Let it end later, or never.');
    return this.#add({ network: parsed.value, tunnel, reason, until, automatic: false });
  }

  /** @returns the ban that was lifted; undefined if there was none */
  async remove(id: string): Promise<StoredBan | undefined> {
    const ban = this.#index.get(id);
    if (ban === undefined || this.#isOver(ban)) return undefined;
    await this.#options.store.remove(id);
    this.#index.remove(ban);
    return ban;
  }

  /**
   * A login failed for what the client sent. Whoever is banned already is not counted: his sessions may last
   * longer than his welcome, and one ban is enough.
   */
  loginFailed(address: string): void {
    const { failures, within, duration } = this.#options.rules();
    if (!this.#isCounted(address) || this.#isBanned(address)) return;
    const found = this.#failures.add(address, { most: failures, within });
    if (found === undefined) return;
    const until = this.#options.now() + duration;
    const reason = `${found.times} failed logins`;
    this.#add({ network: found.network, tunnel: null, reason, until, automatic: true }).then(
      (ban) => {
        const { network: who, until: end } = ban;
        this.#options.logger.warn({ event: 'banned', network: who, until: end, reason });
        this.#options.banned?.(ban, found.times);
      },
      (err: unknown) => this.#options.logger.error({ event: 'ban-failed', address, err }),
    );
  }

  /** A login succeeded: who knows the password may have mistyped it before. */
  loginSucceeded(address: string): void {
    this.#failures.forget(address);
  }

  /** Bans of a tunnel follow its name; without a new one they end with it. */
  async tunnelRenamed(from: string, to: string | null): Promise<void> {
    for (const ban of this.#index.filter(({ tunnel }) => tunnel === from)) {
      this.#index.remove(ban);
      if (to !== null) this.#index.add({ ...ban, tunnel: to });
    }
    await this.#options.store.renameTunnel(from, to);
  }

  /** Forgets bans that are over. */
  async sweep(): Promise<void> {
    this.#dropOver();
    await this.#options.store.removeOver(this.#options.now());
  }

  #isCounted(address: string): boolean {
    const { enabled, loopback, never } = this.#options.rules();
    if (!enabled || (!loopback && LOOPBACK.has(address))) return false;
    if (this.#never.listed !== never)
      this.#never = { listed: never, networks: new Networks(never) };
    return !this.#never.networks.has(address);
  }

  #isBanned(address: string): boolean {
    const isForAll = (ban: StoredBan): boolean => ban.tunnel === null && !this.#isOver(ban);
    return this.#index.find(address, isForAll) !== undefined;
  }

  async #add(wanted: Omit<StoredBan, 'id' | 'createdAt'>): Promise<StoredBan> {
    if (this.#index.size >= BAN_LIMITS.bans) this.#dropOver();
    if (this.#index.size >= BAN_LIMITS.bans) {
      throw new GangwayError('too-many-bans', `there are ${BAN_LIMITS.bans} bans already`, {
        remedy: 'Lift some, or ban a network instead of its addresses.',
      });
    }
    const ban = { id: randomUUID(), createdAt: this.#options.now(), ...wanted };
    // It holds at once, whatever becomes of the store.
    this.#index.add(ban);
    await this.#options.store.add(ban);
    return ban;
  }

  #dropOver(): void {
    for (const ban of this.#index.filter((one) => this.#isOver(one))) this.#index.remove(ban);
  }

  #isOver({ until }: StoredBan): boolean {
    return until !== null && until <= this.#options.now();
  }
}

function invalid(message: string, remedy: string): GangwayError {
  return new GangwayError('ban-invalid', message, { remedy, exitCode: 2 });
}
