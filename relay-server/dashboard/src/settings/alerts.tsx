import type { JSX } from 'preact';
import type { AlertSettingsView } from '../../../views/alerts.ts';
import { Fact, Facts } from '../components/facts.tsx';
import { ErrorNotice } from '../components/notice.tsx';
import { Section } from '../components/page.tsx';
import { formatSpan } from '../format.ts';
import { useResource } from '../resource.ts';
import { mayChange } from '../who.ts';
import { AlertsForm } from './alerts-form.tsx';
import { Deliveries } from './deliveries.tsx';
import { KIND_WORDS } from './kinds.ts';

interface Answer {
  readonly alerts: AlertSettingsView;
}

/** Who is told of what without asking, and what became of it. */
export function Alerts(): JSX.Element {
  const { data, error, reload, replace } = useResource<Answer>('/alerts');
  return (
    <>
      <Section title="Alerts">
        <ErrorNotice error={error} />
        {data === undefined && error === undefined && <p aria-busy="true">Reading…</p>}
        {data !== undefined && !mayChange.value && <AlertFacts alerts={data.alerts} />}
        {data !== undefined && mayChange.value && (
          <AlertsForm
            key={data.alerts.revision}
            alerts={data.alerts}
            onSaved={(alerts) => replace({ alerts })}
            onReload={reload}
          />
        )}
      </Section>
      <Deliveries alerts={data?.alerts} />
    </>
  );
}

function AlertFacts({ alerts }: Answer): JSX.Element {
  const { webhook, mail, kinds, agentGrace } = alerts;
  return (
    <Facts>
      <Fact name="Webhook" wide>
        {webhook.enabled ? webhook.place : 'off'}
      </Fact>
      <Fact name="Mail">
        {mail.enabled ? `to ${mail.to.join(', ')} by ${mail.place ?? 'no server'}` : 'off'}
      </Fact>
      <Fact name="Of" wide>
        {kinds.map((kind) => KIND_WORDS[kind]).join('; ') || 'nothing'}
      </Fact>
      <Fact name="An agent may be away for">{formatSpan(agentGrace)}</Fact>
    </Facts>
  );
}
