import type { JSX } from 'preact';
import type { AlertSettingsView, ChangeAlerts } from '../../../views/alerts.ts';
import { API_LIMITS } from '../../../limits.ts';
import { ALERT_LIMITS } from '../../../watch-limits.ts';
import { api } from '../api.ts';
import { Check } from '../components/check.tsx';
import { ConflictNotice, useConflict } from '../components/conflict.tsx';
import { Field, Form, type Entered } from '../components/form.tsx';
import { Lines } from '../components/lines.tsx';
import { linesOf } from '../lines.ts';
import { say } from '../components/toasts.tsx';
import { KIND_WORDS, KINDS } from './kinds.ts';

const SECOND_MS = 1000;

interface AlertsFormProps {
  readonly alerts: AlertSettingsView;
  readonly onSaved: (alerts: AlertSettingsView) => void;
  readonly onReload: () => void;
}

export function AlertsForm({ alerts, onSaved, onReload }: AlertsFormProps): JSX.Element {
  const conflict = useConflict();
  return (
    <>
      <ConflictNotice conflict={conflict} target="alerts" onReload={onReload} />
      <Form
        submit="Save"
        action={async (entered) => {
          const changes = { ...changesOf(entered), revision: alerts.revision };
          await conflict.saved(async () => {
            onSaved((await api.patch<{ alerts: AlertSettingsView }>('/alerts', changes)).alerts);
            say('Saved the alerts');
          });
        }}
      >
        <fieldset>
          <legend>Of what</legend>
          {KINDS.map((kind) => (
            <Check
              key={kind}
              label={KIND_WORDS[kind]}
              name={kind}
              checked={alerts.kinds.includes(kind)}
            />
          ))}
        </fieldset>
        <Field
          label="Seconds an agent may be away"
          name="grace"
          type="number"
          required
          min={ALERT_LIMITS.shortestGrace / SECOND_MS}
          max={ALERT_LIMITS.longestGrace / SECOND_MS}
          initial={alerts.agentGrace / SECOND_MS}
        />
        <WebhookFields webhook={alerts.webhook} />
        <MailFields mail={alerts.mail} />
      </Form>
    </>
  );
}

/** What was entered; what is secret and was left empty stays as it is. */
function changesOf(entered: Entered): ChangeAlerts {
  const isOn = (name: string): boolean => entered(name) === 'on';
  const from = entered('from');
  return {
    kinds: KINDS.filter(isOn),
    agentGrace: Number(entered('grace')) * SECOND_MS,
    webhook: {
      enabled: isOn('webhook'),
      ...kept('url', entered('webhookUrl'), false),
      ...kept('secret', entered('secret'), isOn('forgetSecret')),
    },
    mail: {
      enabled: isOn('mail'),
      ...kept('url', entered('mailUrl'), false),
      from: from === '' ? null : from,
      to: linesOf(entered('to')),
    },
  };
}

function kept<K extends string>(
  name: K,
  value: string,
  forget: boolean,
): Partial<Record<K, string | null>> {
  if (forget) return { [name]: null } as Record<K, null>;
  return value === '' ? {} : ({ [name]: value } as Record<K, string>);
}

function WebhookFields({ webhook }: Pick<AlertSettingsView, 'webhook'>): JSX.Element {
  const { enabled, place, signed } = webhook;
  return (
    <fieldset>
      <legend>Webhook</legend>
      <Check label="Send alerts to a webhook" name="webhook" checked={enabled} />
      <div class="pair">
        <Field
          label="URL"
          name="webhookUrl"
          type="url"
          maxLength={ALERT_LIMITS.url}
          placeholder="https://"
          autoComplete="off"
          hint={hidden(place, 'its path is not shown')}
        />
        <Field
          label="Secret"
          name="secret"
          type="password"
          minLength={ALERT_LIMITS.shortestSecret}
          maxLength={API_LIMITS.secret}
          autoComplete="off"
          hint={
            signed
              ? 'There is one, which messages are signed with. Leave this empty to keep it.'
              : 'With one, messages are signed with it (HMAC).'
          }
        />
      </div>
      {signed && <Check label="Forget the secret" name="forgetSecret" />}
    </fieldset>
  );
}

function MailFields({ mail }: Pick<AlertSettingsView, 'mail'>): JSX.Element {
  const { enabled, place, from, to } = mail;
  return (
    <fieldset>
      <legend>Mail</legend>
      <Check label="Send alerts by mail" name="mail" checked={enabled} />
      <div class="pair">
        <Field
          label="Mail server"
          name="mailUrl"
          maxLength={ALERT_LIMITS.url}
          pattern="smtps?://.+"
          placeholder="smtps://user:password@mail.example.org"
          autoComplete="off"
          autoCapitalize="none"
          hint={hidden(place, 'user and password are not shown')}
        />
        <Field
          label="From"
          name="from"
          type="email"
          maxLength={ALERT_LIMITS.mailAddress}
          initial={from ?? ''}
          autoComplete="off"
        />
      </div>
      <Lines
        label="To"
        name="to"
        initial={to}
        hint={`Mail addresses, one a line; ${ALERT_LIMITS.recipients} at most.`}
      />
    </fieldset>
  );
}

function hidden(place: string | null, why: string): string {
  if (place === null) return 'None yet.';
  return `Now ${place} (${why}). Leave this empty to keep it.`;
}
