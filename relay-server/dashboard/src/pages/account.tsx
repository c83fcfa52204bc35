import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { LoginView } from '../../../views/access.ts';
import { PasswordForm } from './gate.tsx';
import { SecondFactor } from '../account/second-factor.tsx';
import { api, at } from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { ConfirmDialog } from '../components/dialog.tsx';
import { ErrorNotice } from '../components/notice.tsx';
import { Page, Section } from '../components/page.tsx';
import { RowButton } from '../components/row-button.tsx';
import { DataTable, type Column } from '../components/table.tsx';
import { TimeAgo } from '../components/times.tsx';
import { say } from '../components/toasts.tsx';
import { useResource } from '../resource.ts';
import { me } from '../who.ts';

/** What belongs to whoever is signed in. */
export default function Account(): JSX.Element {
  const who = me.value;
  return (
    <Page title="Your account" intro={`Signed in as ${who?.name ?? ''}, ${who?.role ?? ''}.`}>
      <div class="cards">
        <Section title="Password">
          <Password />
        </Section>
        <Section title="Second factor">
          <SecondFactor />
        </Section>
      </div>
      <Logins />
    </Page>
  );
}

function Password(): JSX.Element {
  // A form of its own after each change, for what was entered is not needed any more.
  const [count, setCount] = useState(0);
  const onDone = async (): Promise<void> => {
    say('Changed the password; other logins have ended');
    setCount(count + 1);
  };
  return <PasswordForm key={count} onDone={onDone} />;
}

/** Browsers that are logged in as him. */
function Logins(): JSX.Element {
  const { data, error, reload } = useResource<{ items: LoginView[] }>('/auth/sessions');
  const [asking, setAsking] = useState(false);
  const end = async (login: LoginView): Promise<void> => {
    await api.delete(at('/auth/sessions', login.id));
    say(`Signed out ${login.browser}`);
    reload();
  };
  const everywhere = (
    <button type="button" class="danger small" onClick={() => setAsking(true)}>
      Sign out everywhere
    </button>
  );
  return (
    <Section title="Where you are signed in" actions={everywhere}>
      <ErrorNotice error={error} />
      {data !== undefined && (
        <DataTable
          caption="Your logins"
          columns={[...COLUMNS, endColumn((login) => void end(login))]}
          rows={data.items}
          keyOf={({ id }) => id}
        />
      )}
      {asking && (
        <ConfirmDialog
          title="Sign out everywhere?"
          verb="Sign out everywhere"
          onClose={() => setAsking(false)}
          action={async () => {
            await api.delete('/auth/sessions');
            me.value = null;
          }}
        >
          <p>Every browser that is signed in as you has to sign in again, this one included.</p>
        </ConfirmDialog>
      )}
    </Section>
  );
}

const COLUMNS: readonly Column<LoginView>[] = [
  {
    title: 'Browser',
    head: true,
    cell: ({ browser, current }) => (
      <span class="state">
        {browser} {current && <Badge mood="info">this one</Badge>}
      </span>
    ),
  },
  { title: 'From', cell: ({ from }) => from },
  { title: 'Since', cell: ({ createdAt }) => <TimeAgo at={createdAt} /> },
  { title: 'Last used', cell: ({ lastUsedAt }) => <TimeAgo at={lastUsedAt} /> },
];

function endColumn(end: (login: LoginView) => void): Column<LoginView> {
  return {
    title: 'End',
    bare: true,
    cell: (login) =>
      !login.current && (
        <RowButton
          verb="Sign out"
          what={`${login.browser} at ${login.from}`}
          onClick={() => end(login)}
        />
      ),
  };
}
