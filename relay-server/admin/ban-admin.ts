import { GangwayError } from '../../shared/errors.ts';
import type { Change } from '../audit.ts';
import { Bans } from '../bans.ts';
import { DEFAULT_SETTINGS } from '../settings.ts';
import type { Store, TunnelStore } from '../store/store.ts';
import type { BanView, CreateBan } from '../views/access.ts';
import { unknownTunnel } from './checks.ts';
import { everyPage } from './list-page.ts';
import { at, type RelayCalls } from './relay-calls.ts';

/** Who may not come, as administration sees it. */
export interface BanAdmin {
  /** Those in force, the newest first. */
  list(): Promise<BanView[]>;
  /** @throws GangwayError `ban-invalid`, `tunnel-unknown`, `too-many-bans`, `ban-hits-yourself`. */
  add(wanted: CreateBan): Promise<BanView>;
  /** @throws GangwayError `ban-unknown`. */
  remove(id: string): Promise<BanView | undefined>;
}

/** The key by which bans are listed, the newest first. */
export function banKey({ createdAt, id }: BanView): string {
  return `${String(9_999_999_999_999 - createdAt)}.${id}`;
}

/** Bans where they are kept: those of the running relay, or what its store has while none runs. */
export class OwnBans implements BanAdmin {
  readonly #tunnels: Pick<TunnelStore, 'byName'>;
  readonly #bans: () => Promise<Bans>;

  /** @param running those of the running relay, if there is one. */
  constructor({ tunnels, bans }: Pick<Store, 'tunnels' | 'bans'>, running?: Bans) {
    const logger = { warn: () => {}, error: () => {} };
    const rules = () => DEFAULT_SETTINGS.bans;
    this.#tunnels = tunnels;
    this.#bans = async () => running ?? Bans.open({ store: bans, rules, now: Date.now, logger });
  }

  async list(): Promise<BanView[]> {
    return (await this.#bans()).all.sort((a, b) => (banKey(a) < banKey(b) ? -1 : 1));
  }

  async add(wanted: CreateBan): Promise<BanView> {
    const { tunnel = null } = wanted;
    if (tunnel !== null && (await this.#tunnels.byName(tunnel)) === undefined)
      throw unknownTunnel(tunnel);
    return (await this.#bans()).add(wanted);
  }

  /** As of {@link Bans}. */
  async tunnelRenamed(from: string, to: string | null): Promise<void> {
    await (await this.#bans()).tunnelRenamed(from, to);
  }

  async remove(id: string): Promise<BanView> {
    const ban = await (await this.#bans()).remove(id);
    if (ban !== undefined) return ban;
    throw new GangwayError('ban-unknown', `there is no ban ${id.slice(0, 64)}`, {
      remedy: '`gangway ban list` shows those in force with their ids.',
    });
  }
}

/** Bans of a relay that is spoken to by its API. */
export class HttpBans implements BanAdmin {
  readonly #relay: RelayCalls;

  constructor(relay: RelayCalls) {
    this.#relay = relay;
  }

  list(): Promise<BanView[]> {
    return everyPage((page) => this.#relay.page<BanView>('/bans', { ...page }));
  }

  async add(wanted: CreateBan): Promise<BanView> {
    return (await this.#relay.call<{ ban: BanView }>('POST', '/bans', wanted)).ban;
  }

  async remove(id: string): Promise<undefined> {
    await this.#relay.call('DELETE', at('/bans', id));
  }
}

/** Bans, each change of which is remembered. */
export class AuditedBans implements BanAdmin {
  readonly #bans: BanAdmin;
  readonly #record: (change: Change) => Promise<void>;

  constructor(bans: BanAdmin, record: (change: Change) => Promise<void>) {
    this.#bans = bans;
    this.#record = record;
  }

  list(): Promise<BanView[]> {
    return this.#bans.list();
  }

  async add(wanted: CreateBan): Promise<BanView> {
    const after = await this.#bans.add(wanted);
    await this.#record({ action: 'ban.create', target: after.network, after });
    return after;
  }

  async remove(id: string): Promise<BanView | undefined> {
    const before = await this.#bans.remove(id);
    const target = before?.network ?? id;
    await this.#record({ action: 'ban.delete', target, before });
    return before;
  }
}
