import type { TestContext } from 'node:test';
import { Bans } from '../../../relay-server/bans.ts';
import { DEFAULT_SETTINGS } from '../../../relay-server/settings.ts';
import type { BanStore, StoredBan } from '../../../relay-server/store/history.ts';
import type { SettingsView } from '../../../relay-server/views/settings.ts';
import { recordedLog } from '../certificates/fixtures.ts';
import { freshStore, type StandingClock } from '../fixtures.ts';

/** Bans on an empty store, with rules that a test may change. */
export interface BanBench {
  readonly bans: Bans;
  readonly store: BanStore;
  readonly clock: StandingClock;
  readonly rules: SettingsView['bans'];
  /** Those made by failed logins. */
  readonly automatic: StoredBan[];
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** The same bans as a relay has them that is started anew. */
  readonly again: () => Promise<Bans>;
}

export async function banBench(t: TestContext): Promise<BanBench> {
  const { store, clock } = await freshStore(t);
  const rules = structuredClone(DEFAULT_SETTINGS.bans);
  const automatic: StoredBan[] = [];
  const { logger, lines } = recordedLog();
  const options = { store: store.bans, rules: () => rules, now: clock.now, logger };
  const banned = (ban: StoredBan): void => void automatic.push(ban);
  const bans = await Bans.open({ ...options, banned });
  return {
    bans,
    store: store.bans,
    clock,
    rules,
    automatic,
    lines,
    again: () => Bans.open(options),
  };
}

/** Fails to log in a number of times, at once. */
export function failLogins(bans: Bans, address: string, times: number): void {
  for (let i = 0; i < times; i++) bans.loginFailed(address);
}
