import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { AlertSettingsView, DeliveryView } from '../../../views/alerts.ts';
import { api } from '../api.ts';
import { Badge, type Mood } from '../components/badge.tsx';
import { ErrorNotice, Notice } from '../components/notice.tsx';
import { EmptyState, Section } from '../components/page.tsx';
import { DataTable, type Column } from '../components/table.tsx';
import { Moment } from '../components/times.tsx';
import { useResource } from '../resource.ts';
import { useSubmit } from '../submit.ts';
import { mayChange } from '../who.ts';

const RESULTS: Readonly<Record<DeliveryView['result'], { mood: Mood; words: string }>> = {
  delivered: { mood: 'good', words: 'delivered' },
  failed: { mood: 'warning', words: 'failed, tried again' },
  refused: { mood: 'bad', words: 'refused' },
  'given-up': { mood: 'bad', words: 'given up' },
};

/** What became of the last alerts; and sending one as a test. */
export function Deliveries(props: { alerts: AlertSettingsView | undefined }): JSX.Element {
  const { alerts } = props;
  const { data, error, reload } = useResource<{ items: DeliveryView[] }>('/alerts/deliveries');
  const tests = (['webhook', 'mail'] as const).filter(
    (channel) => mayChange.value && alerts?.[channel].enabled === true,
  );
  return (
    <Section title="Deliveries">
      {tests.map((channel) => (
        <SendTest key={channel} channel={channel} onSent={reload} />
      ))}
      <ErrorNotice error={error} />
      {data?.items.length === 0 && <EmptyState title="Nothing was sent since the relay started" />}
      {data !== undefined && data.items.length > 0 && (
        <DataTable
          caption="The last attempts to deliver alerts"
          rows={data.items}
          columns={COLUMNS}
          keyOf={({ id }) => id}
        />
      )}
    </Section>
  );
}

interface SendTestProps {
  readonly channel: 'webhook' | 'mail';
  readonly onSent: () => void;
}

/** A test that fails is an answer and no error. */
function SendTest({ channel, onSent }: SendTestProps): JSX.Element {
  const [sent, setSent] = useState<DeliveryView | undefined>(undefined);
  const { busy, error, run } = useSubmit(async () => {
    setSent(undefined);
    const answer = await api.post<{ delivery: DeliveryView }>('/alerts/test', { channel });
    setSent(answer.delivery);
    onSent();
  });
  const words = channel === 'mail' ? 'Send a test by mail' : 'Send a test to the webhook';
  return (
    <div class="test">
      <button type="button" class="quiet small" aria-busy={busy} disabled={busy} onClick={run}>
        {words}
      </button>
      <div role="status">
        {sent !== undefined && (
          <Notice mood={sent.result === 'delivered' ? 'good' : 'warning'}>
            {sent.result === 'delivered' ? 'The test arrived: ' : 'The test did not arrive: '}
            {sent.detail}
          </Notice>
        )}
      </div>
      <ErrorNotice error={error} />
    </div>
  );
}

const COLUMNS: readonly Column<DeliveryView>[] = [
  {
    title: 'Alert',
    head: true,
    cell: ({ text, state }) => (state === 'resolved' ? `Over: ${text}` : text),
  },
  { title: 'By', whole: true, cell: ({ channel }) => channel },
  {
    title: 'Result',
    cell: ({ result, detail, attempt }) => (
      <span class="state">
        <Badge mood={RESULTS[result].mood}>{RESULTS[result].words}</Badge>
        <small>
          {attempt > 1 && `attempt ${attempt}: `}
          {detail}
        </small>
      </span>
    ),
  },
  { title: 'When', cell: ({ at }) => <Moment at={at} /> },
];
