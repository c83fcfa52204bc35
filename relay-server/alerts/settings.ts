import { GangwayError } from '../../shared/errors.ts';
import { ALERT_LIMITS } from '../watch-limits.ts';
import type { SettingStore } from '../store/store.ts';
import type { AlertSettingsView, ChangeAlerts } from '../views/alerts.ts';
import { ALERT_KINDS, type AlertKind } from './alert.ts';
import { refusedHost } from './destinations.ts';

/** How alerts are set up, secrets included. */
export interface AlertSettings {
  readonly revision: number;
  /** Of what somebody is told. */
  readonly kinds: readonly AlertKind[];
  /** Milliseconds. */
  readonly agentGrace: number;
  readonly webhook: {
    readonly enabled: boolean;
    readonly url: string | null;
    readonly secret: string | null;
  };
  readonly mail: {
    readonly enabled: boolean;
    readonly url: string | null;
    readonly from: string | null;
    readonly to: readonly string[];
  };
}

const KEY = 'alerts';

const DEFAULTS: AlertSettings = {
  revision: 0,
  kinds: ALERT_KINDS,
  agentGrace: ALERT_LIMITS.agentGrace,
  webhook: { enabled: false, url: null, secret: null },
  mail: { enabled: false, url: null, from: null, to: [] },
};

/** The settings of alerts, kept in the store as one document. */
export class StoredAlertSettings {
  readonly #store: SettingStore;
  #current: AlertSettings;
  /** Changes are made one after the other. */
  #changing: Promise<unknown> = Promise.resolve();

  private constructor(store: SettingStore, current: AlertSettings) {
    this.#store = store;
    this.#current = current;
  }

  static async open(store: SettingStore): Promise<StoredAlertSettings> {
    const text = await store.get(KEY);
    const stored = text === undefined ? {} : (JSON.parse(text) as Partial<AlertSettings>);
    return new StoredAlertSettings(store, { ...DEFAULTS, ...stored });
  }

  get current(): AlertSettings {
    return this.#current;
  }

  /**
   * Changes and keeps them.
   * @returns the settings before and after
   * @throws GangwayError `revision-conflict`, `alerts-invalid`
   */
  change(change: ChangeAlerts): Promise<{ before: AlertSettings; after: AlertSettings }> {
    const made = this.#changing.then(async () => {
      const before = this.#current;
      const after = changed(before, change);
      await this.#store.set(KEY, JSON.stringify(after));
      this.#current = after;
      return { before, after };
    });
    this.#changing = made.catch(() => {});
    return made;
  }
}

function changed(before: AlertSettings, { revision, ...change }: ChangeAlerts): AlertSettings {
  if (revision !== undefined && revision !== before.revision) {
    throw new GangwayError(
      'revision-conflict',
      `the alert settings were changed meanwhile (revision ${before.revision}, not ${revision})`,
      { remedy: 'Read them anew and make the change again.' },
    );
  }
  const after: AlertSettings = {
    ...before,
    ...change,
    revision: before.revision + 1,
    webhook: { ...before.webhook, ...change.webhook },
    mail: { ...before.mail, ...change.mail },
  };
  const fault = faultOf(after);
  if (fault !== undefined) {
    const [message, remedy] = fault;
    throw new GangwayError('alerts-invalid', message, { remedy, exitCode: 2 });
  }
  return after;
}

/** What is wrong, and what to do; the texts name no secret. */
function faultOf({ webhook, mail }: AlertSettings): [message: string, remedy: string] | undefined {
  if (webhook.enabled && webhook.url === null) {
    return ['webhooks have no URL to go to', 'Give webhook.url, or leave webhook.enabled off.'];
  }
  if (mail.enabled && (mail.url === null || mail.from === null || mail.to.length === 0)) {
    return [
      'mail needs a server, a sender and somebody to send it to',
      'Give mail.url (smtp://HOST:PORT), mail.from and mail.to.',
    ];
  }
  for (const [name, url] of [
    ['webhook.url', webhook.url],
    ['mail.url', mail.url],
  ] as const) {
    if (url === null) continue;
    if (!isUsable(url))
      return [`${name} is no valid URL`, 'Write it like https://example.org/hook.'];
    const refused = refusedHost(new URL(url).hostname);
    if (refused !== undefined) return [`${name}: ${refused}`, 'Give another receiver.'];
  }
  if (webhook.url !== null && new URL(webhook.url).username !== '') {
    return [
      'webhook.url holds a user name',
      'Receivers know the relay by its signature: give webhook.secret.',
    ];
  }
  return undefined;
}

/** Node's parser takes a URL of another scheme without a host. */
function isUsable(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname, username, password } = new URL(url);
  try {
    decodeURIComponent(username + password);
  } catch {
    return false;
  }
  return hostname !== '';
}

/** What may be shown of the settings. */
export function settingsView({ webhook, mail, ...rest }: AlertSettings): AlertSettingsView {
  return {
    revision: rest.revision,
    kinds: [...rest.kinds],
    agentGrace: rest.agentGrace,
    webhook: {
      enabled: webhook.enabled,
      place: placeOf(webhook.url),
      signed: webhook.secret !== null,
    },
    mail: { enabled: mail.enabled, place: placeOf(mail.url), from: mail.from, to: [...mail.to] },
  };
}

function placeOf(url: string | null): string | null {
  if (url === null) return null;
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
