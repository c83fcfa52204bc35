import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { UserView } from '../../../views/access.ts';
import { api, at } from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { ConfirmDialog } from '../components/dialog.tsx';
import { EmptyState, Page } from '../components/page.tsx';
import { RowButton } from '../components/row-button.tsx';
import { PagedTable, type Column } from '../components/table.tsx';
import { TimeAgo } from '../components/times.tsx';
import { say } from '../components/toasts.tsx';
import { AddUser, ChangeUser, ResetPassword } from '../components/user-forms.tsx';
import { ViewerNote } from '../components/viewer-note.tsx';
import { focusHeading } from '../focus.ts';
import { usePages } from '../resource.ts';
import { mayChange, me } from '../who.ts';

type Open =
  | { readonly what: 'add' }
  | { readonly what: 'change' | 'password' | 'delete'; readonly user: UserView };

/** Who may sign in. */
export default function Users(): JSX.Element {
  const pages = usePages<UserView>('/users');
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const may = mayChange.value;
  const done = (words: string): void => {
    say(words);
    pages.reload();
  };
  const add = (
    <button type="button" onClick={() => setOpen({ what: 'add' })}>
      Add a user
    </button>
  );
  return (
    <Page
      title="Users"
      intro="Who may sign in here: viewers look, admins change."
      {...(may && { actions: add })}
    >
      <ViewerNote />
      <section class="card">
        <PagedTable
          caption="Users"
          pages={pages}
          columns={may ? [...COLUMNS, buttons(setOpen)] : COLUMNS}
          keyOf={({ name }) => name}
          empty={<EmptyState title="No users" />}
        />
      </section>
      {open !== undefined && (
        <Dialogs open={open} done={done} reload={pages.reload} onClose={() => setOpen(undefined)} />
      )}
    </Page>
  );
}

interface DialogsProps {
  readonly open: Open;
  readonly done: (words: string) => void;
  readonly reload: () => void;
  readonly onClose: () => void;
}

function Dialogs({ open, done, reload, onClose }: DialogsProps): JSX.Element {
  if (open.what === 'add') return <AddUser done={done} onClose={onClose} />;
  const { user } = open;
  const again = (): void => {
    onClose();
    reload();
  };
  if (open.what === 'change') {
    return <ChangeUser user={user} done={done} onClose={onClose} onReload={again} />;
  }
  if (open.what === 'password') return <ResetPassword user={user} done={done} onClose={onClose} />;
  return (
    <ConfirmDialog
      title={`Delete ${user.name}?`}
      verb="Delete user"
      onClose={onClose}
      action={async () => {
        await api.delete(at('/users', user.name));
        done(`Deleted ${user.name}`);
        focusHeading();
      }}
    >
      <p>
        {user.name} is signed out everywhere and cannot sign in again. What he has changed stays,
        and the audit still names him.
      </p>
    </ConfirmDialog>
  );
}

const COLUMNS: readonly Column<UserView>[] = [
  {
    title: 'User',
    head: true,
    cell: ({ name }) => (name === me.value?.name ? `${name} (you)` : name),
  },
  { title: 'Role', cell: ({ role }) => role },
  {
    title: 'State',
    cell: ({ disabled }) =>
      disabled ? <Badge mood="quiet">disabled</Badge> : <Badge mood="good">may sign in</Badge>,
  },
  { title: 'Second factor', cell: ({ totp }) => (totp ? 'yes' : 'no') },
  { title: 'Last sign-in', cell: ({ lastLoginAt }) => <TimeAgo at={lastLoginAt} none="never" /> },
];

function buttons(open: (what: Open) => void): Column<UserView> {
  return {
    title: 'Change',
    bare: true,
    cell: (user) => (
      <div class="actions">
        <RowButton verb="Change" what={user.name} onClick={() => open({ what: 'change', user })} />
        {user.name === me.value?.name ? (
          <a href="/account">Your account</a>
        ) : (
          <>
            <RowButton
              verb="New password"
              what={user.name}
              onClick={() => open({ what: 'password', user })}
            />
            <RowButton
              danger
              verb="Delete"
              what={user.name}
              onClick={() => open({ what: 'delete', user })}
            />
          </>
        )}
      </div>
    ),
  };
}
