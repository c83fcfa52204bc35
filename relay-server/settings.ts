import { Value } from 'typebox/value';
import { GangwayError } from '../shared/errors.ts';
import { network } from '../shared/net/networks.ts';
import { parseJson } from '../shared/proto/open-request.ts';
import type { SettingStore } from './store/store.ts';
import { SettingsView, type ChangeSettings } from './views/settings.ts';

const KEY = 'relay-settings';

/** What holds until somebody changes it. */
export const DEFAULT_SETTINGS: SettingsView = {
  retentionDays: 30,
  bans: {
    enabled: true,
    failures: 10,
    within: 600_000,
    duration: 3_600_000,
    loopback: false,
    never: [],
  },
  revision: 1,
};

/** The settings of the running relay: read once, kept in the store, told to whoever depends on them. */
export class Settings {
  readonly #store: SettingStore;
  readonly #listeners: ((now: SettingsView) => void)[] = [];
  #now: SettingsView;

  private constructor(store: SettingStore, now: SettingsView) {
    this.#store = store;
    this.#now = now;
  }

  static async open(store: SettingStore): Promise<Settings> {
    const kept = parseJson((await store.get(KEY)) ?? '');
    // A field that a later version added has its default.
    const { bans, ...rest } = (kept ?? {}) as Partial<SettingsView>;
    const known = { ...DEFAULT_SETTINGS, ...rest, bans: { ...DEFAULT_SETTINGS.bans, ...bans } };
    return new Settings(store, Value.Check(SettingsView, known) ? known : DEFAULT_SETTINGS);
  }

  get now(): SettingsView {
    return this.#now;
  }

  /** Calls `listener` after each change. */
  onChange(listener: (now: SettingsView) => void): void {
    this.#listeners.push(listener);
  }

  /** @throws GangwayError `revision-conflict`, `settings-invalid`. */
  async change({ revision, bans, ...rest }: ChangeSettings): Promise<SettingsView> {
    const before = this.#now;
    if (revision !== undefined && revision !== before.revision) {
      throw new GangwayError('revision-conflict', 'the settings were changed meanwhile', {
        remedy: 'Read them anew, and change what is there now.',
      });
    }
    const never = bans?.never?.map(networkOf);
    const rules = { ...before.bans, ...bans, ...(never !== undefined && { never }) };
    const next = { ...before, ...rest, bans: rules, revision: before.revision + 1 };
    // At once, so that of two changes to the same revision the second is refused.
    this.#now = next;
    try {
      await this.#store.set(KEY, JSON.stringify(next));
    } catch (error) {
      if (this.#now === next) this.#now = before;
      throw error;
    }
    for (const listener of this.#listeners) listener(next);
    return next;
  }
}

function networkOf(text: string): string {
  const parsed = network(text);
  if (parsed.ok) return parsed.value;
  const { problem, remedy } = parsed;
  throw new GangwayError('settings-invalid', `never: "${text}" ${problem}`, {
    remedy,
    exitCode: 2,
  });
}
