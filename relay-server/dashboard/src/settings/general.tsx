import type { JSX } from 'preact';
import type { SettingsView } from '../../../views/settings.ts';
import { BAN_LIMITS, HISTORY_LIMITS } from '../../../watch-limits.ts';
import { api } from '../api.ts';
import { Check } from '../components/check.tsx';
import { ConflictNotice, useConflict } from '../components/conflict.tsx';
import { Fact, Facts } from '../components/facts.tsx';
import { Field, Form } from '../components/form.tsx';
import { Lines } from '../components/lines.tsx';
import { linesOf } from '../lines.ts';
import { ErrorNotice } from '../components/notice.tsx';
import { Section } from '../components/page.tsx';
import { say } from '../components/toasts.tsx';
import { counted, formatSpan } from '../format.ts';
import { useResource } from '../resource.ts';
import { mayChange } from '../who.ts';

const MINUTE_MS = 60_000;

interface Answer {
  readonly settings: SettingsView;
}

/** How long history is kept, and who is banned by himself. */
export function General(): JSX.Element {
  const { data, error, reload, replace } = useResource<Answer>('/settings');
  return (
    <Section title="History and automatic bans">
      <ErrorNotice error={error} />
      {data === undefined && error === undefined && <p aria-busy="true">Reading…</p>}
      {data !== undefined && !mayChange.value && <GeneralFacts settings={data.settings} />}
      {data !== undefined && mayChange.value && (
        <GeneralForm
          key={data.settings.revision}
          settings={data.settings}
          onSaved={replace}
          onReload={reload}
        />
      )}
    </Section>
  );
}

function GeneralFacts({ settings: { retentionDays, bans } }: Answer): JSX.Element {
  const { enabled, failures, within, duration, loopback, never } = bans;
  const rule = `after ${counted(failures, 'failed login')} within ${formatSpan(within)}, for ${formatSpan(duration)}`;
  return (
    <Facts>
      <Fact name="History is kept for">{counted(retentionDays, 'day')}</Fact>
      <Fact name="Addresses are banned by themselves" wide>
        {enabled ? rule : 'never'}
      </Fact>
      <Fact name="Never banned by themselves">
        {[...(loopback ? [] : ['the relay’s own machine']), ...never].join(', ') || 'nobody'}
      </Fact>
    </Facts>
  );
}

interface GeneralFormProps extends Answer {
  readonly onSaved: (answer: Answer) => void;
  readonly onReload: () => void;
}

function GeneralForm({ settings, onSaved, onReload }: GeneralFormProps): JSX.Element {
  const conflict = useConflict();
  const { retentionDays, bans, revision } = settings;
  return (
    <>
      <ConflictNotice conflict={conflict} target="relay" onReload={onReload} />
      <Form
        submit="Save"
        action={async (entered) => {
          const changes = {
            retentionDays: Number(entered('retentionDays')),
            bans: {
              enabled: entered('enabled') === 'on',
              failures: Number(entered('failures')),
              within: Math.round(Number(entered('within')) * MINUTE_MS),
              duration: Math.round(Number(entered('duration')) * MINUTE_MS),
              loopback: entered('loopback') === 'on',
              never: linesOf(entered('never')),
            },
            revision,
          };
          await conflict.saved(async () => {
            onSaved(await api.patch<Answer>('/settings', changes));
            say('Saved the settings');
          });
        }}
      >
        <Field
          label="Days that history is kept"
          name="retentionDays"
          type="number"
          required
          min={HISTORY_LIMITS.shortestDays}
          max={HISTORY_LIMITS.longestDays}
          initial={retentionDays}
          hint="Visits, transfers and findings; what is older is deleted."
        />
        <Check
          label="Ban addresses by themselves"
          name="enabled"
          checked={bans.enabled}
          hint="Whoever guesses passwords is kept out. Bans can be lifted at any time."
        />
        <BanRules bans={bans} />
      </Form>
    </>
  );
}

function BanRules({ bans }: Pick<SettingsView, 'bans'>): JSX.Element {
  const longest = BAN_LIMITS.longest / MINUTE_MS;
  return (
    <>
      <div class="pair">
        <Field
          label="Failed logins"
          name="failures"
          type="number"
          required
          min={1}
          max={1000}
          initial={bans.failures}
        />
        <Field
          label="Within minutes"
          name="within"
          type="number"
          required
          min={1}
          max={longest}
          initial={bans.within / MINUTE_MS}
        />
        <Field
          label="Banned for minutes"
          name="duration"
          type="number"
          required
          min={1}
          max={longest}
          initial={bans.duration / MINUTE_MS}
        />
      </div>
      <Check
        label="The relay’s own machine, too"
        name="loopback"
        checked={bans.loopback}
        hint="Off, for behind a proxy or a tunnel of another kind on the same machine everybody comes from there."
      />
      <Lines
        label="Never banned by themselves"
        name="never"
        initial={bans.never}
        hint="Addresses or networks, one a line: an office where many sit behind one address, your own."
      />
    </>
  );
}
