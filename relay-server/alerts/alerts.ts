import { randomUUID } from 'node:crypto';
import { GangwayError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/log.ts';
import type { Timers } from '../../shared/gateway/sides.ts';
import type { ChannelNumbers } from '../metrics/sources.ts';
import type { AlertSettingsView, ChangeAlerts } from '../views/alerts.ts';
import type { Alert, RelayNews } from './alert.ts';
import { CHANNELS, type Attempt, type ChannelName, type Message } from './channel.ts';
import { DeliveryLog, type Delivery } from './delivery-log.ts';
import { sendMail } from './mail.ts';
import { DeliveryQueue } from './queue.ts';
import { AlertRules } from './rules.ts';
import { settingsView, type AlertSettings, type StoredAlertSettings } from './settings.ts';
import { postWebhook, type WebhookOptions } from './webhook.ts';

export interface AlertsOptions {
  readonly settings: StoredAlertSettings;
  /** The relay's public name. */
  readonly relayName: string;
  readonly version: string;
  readonly logger: Logger;
  readonly after: Timers['after'];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How names of receivers are looked up; guarded by default. */
  readonly lookup?: WebhookOptions['lookup'];
}

/** Tells people what is wrong with the relay: rules decide of what, channels deliver it. */
export class Alerts {
  readonly #options: AlertsOptions;
  readonly #rules: AlertRules;
  readonly #log = new DeliveryLog();
  readonly #queues: Readonly<Record<ChannelName, DeliveryQueue>>;

  constructor(options: AlertsOptions) {
    this.#options = options;
    this.#rules = new AlertRules(() => this.#settings.agentGrace);
    const queue = (channel: ChannelName): DeliveryQueue => {
      const { after, now } = options;
      const send = (message: Message): Promise<Attempt> => this.#send(channel, message);
      return new DeliveryQueue({ channel, send, log: this.#log, after, now });
    };
    this.#queues = { webhook: queue('webhook'), mail: queue('mail') };
  }

  /** Something happened that may be worth an alert. */
  take(news: RelayNews): void {
    this.#deliver(this.#rules.take(news, this.#options.now()));
  }

  /** Once a second. */
  tick(): void {
    this.#deliver(this.#rules.tick(this.#options.now()));
  }

  get view(): AlertSettingsView {
    return settingsView(this.#settings);
  }

  /**
   * @returns the settings as they are shown, before and after
   * @throws GangwayError as {@link StoredAlertSettings.change}
   */
  async change(
    change: ChangeAlerts,
  ): Promise<{ before: AlertSettingsView; after: AlertSettingsView }> {
    const { before, after } = await this.#options.settings.change(change);
    for (const channel of CHANNELS) {
      if (after[channel].enabled) this.#queues[channel].again();
      else this.#queues[channel].clear();
    }
    return { before: settingsView(before), after: settingsView(after) };
  }

  /**
   * Sends a test by one channel, once, whether or not the channel is on.
   * @throws GangwayError `alert-channel-unset`
   */
  async test(channel: ChannelName): Promise<Delivery> {
    const { now } = this.#options;
    if (!isSetUp(this.#settings, channel)) {
      throw new GangwayError('alert-channel-unset', `there is no receiver for ${channel} yet`, {
        remedy: `Set ${channel}.url first${channel === 'mail' ? ', and mail.from and mail.to' : ''}.`,
      });
    }
    const message = testMessage(now());
    const { is: result, detail } = await this.#sendNow(channel, message);
    return this.#log.add({ at: now(), channel, message, attempt: 1, result, detail });
  }

  /** The last attempts, newest first. */
  get deliveries(): Delivery[] {
    return this.#log.entries;
  }

  get numbers(): Readonly<Record<ChannelName, ChannelNumbers>> {
    return { webhook: this.#queues.webhook.numbers, mail: this.#queues.mail.numbers };
  }

  /** What waits is given up. Idempotent. */
  close(): void {
    for (const channel of CHANNELS) this.#queues[channel].close();
  }

  get #settings(): AlertSettings {
    return this.#options.settings.current;
  }

  #deliver(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      const { kind, state, tunnel, subject } = alert;
      const level = state === 'raised' ? 'warn' : 'info';
      this.#options.logger[level]({ event: 'alert', kind, state, tunnel, subject }, alert.text);
      if (!this.#settings.kinds.includes(kind)) continue;
      for (const channel of CHANNELS) {
        if (!this.#settings[channel].enabled) continue;
        this.#queues[channel].push({ ...alert, id: randomUUID() });
      }
    }
  }

  async #send(channel: ChannelName, message: Message): Promise<Attempt> {
    if (!this.#settings[channel].enabled) return { is: 'refused', detail: 'it was switched off' };
    const attempt = await this.#sendNow(channel, message);
    if (attempt.is !== 'delivered') {
      const { logger } = this.#options;
      logger.warn({ event: 'alert-undelivered', channel, kind: message.kind }, attempt.detail);
    }
    return attempt;
  }

  async #sendNow(channel: ChannelName, message: Message): Promise<Attempt> {
    const { version, now, relayName, lookup } = this.#options;
    const { webhook, mail } = this.#settings;
    if (channel === 'webhook' && webhook.url !== null) {
      const options = { version, now, ...(lookup !== undefined && { lookup }) };
      return postWebhook({ url: webhook.url, secret: webhook.secret }, message, options);
    }
    if (channel === 'mail' && mail.url !== null && mail.from !== null) {
      return sendMail({ url: mail.url, from: mail.from, to: mail.to }, message, relayName);
    }
    return { is: 'refused', detail: 'it is no longer set up' };
  }
}

function isSetUp({ webhook, mail }: AlertSettings, channel: ChannelName): boolean {
  if (channel === 'webhook') return webhook.url !== null;
  return mail.url !== null && mail.from !== null && mail.to.length > 0;
}

function testMessage(at: number): Message {
  return {
    id: randomUUID(),
    kind: 'test',
    key: 'test',
    state: 'raised',
    at,
    since: at,
    tunnel: null,
    subject: 'test',
    text: 'This is a test: alerts of the relay come here.',
    remedy: '',
  };
}
