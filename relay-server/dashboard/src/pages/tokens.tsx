import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { API_LIMITS } from '../../../limits.ts';
import type { TokenView } from '../../../views/access.ts';
import type { CreatedToken } from '../../../views/tunnels.ts';
import { api, at } from '../api.ts';
import { CopyLine } from '../components/copy.tsx';
import { ConfirmDialog, Dialog } from '../components/dialog.tsx';
import { Choice, Field, Form } from '../components/form.tsx';
import { Notice } from '../components/notice.tsx';
import { EmptyState, Page } from '../components/page.tsx';
import { RowButton } from '../components/row-button.tsx';
import { PagedTable, type Column } from '../components/table.tsx';
import { TimeAgo } from '../components/times.tsx';
import { say } from '../components/toasts.tsx';
import { ROLE_OPTIONS } from '../components/user-forms.tsx';
import { ViewerNote } from '../components/viewer-note.tsx';
import { focusHeading } from '../focus.ts';
import { usePages } from '../resource.ts';
import { mayChange } from '../who.ts';

const DAY_MS = 86_400_000;
/** Days until a token ends. */
const VALIDITY = [
  ['90', '90 days'],
  ['30', '30 days'],
  ['365', 'a year'],
  ['', 'until it is revoked'],
] as const;

/** Tokens for scripts. */
export default function Tokens(): JSX.Element {
  const pages = usePages<TokenView>('/tokens');
  const [open, setOpen] = useState<'new' | TokenView | undefined>(undefined);
  const may = mayChange.value;
  const close = (): void => setOpen(undefined);
  const create = (
    <button type="button" onClick={() => setOpen('new')}>
      New token
    </button>
  );
  return (
    <Page
      title="API tokens"
      intro="For scripts: each may do what its role may, by the API and by the command line from elsewhere."
      {...(may && { actions: create })}
    >
      <ViewerNote />
      <section class="card">
        <PagedTable
          caption="API tokens"
          pages={pages}
          columns={may ? [...COLUMNS, revoking(setOpen)] : COLUMNS}
          keyOf={({ id }) => id}
          empty={
            <EmptyState title="No API tokens">
              <p>Nothing but signed-in users and the relay’s own machine can change anything.</p>
            </EmptyState>
          }
        />
      </section>
      {open === 'new' && <NewToken onDone={pages.reload} onClose={close} />}
      {open !== undefined && open !== 'new' && (
        <ConfirmDialog
          title={`Revoke ${open.name}?`}
          verb="Revoke token"
          onClose={close}
          action={async () => {
            await api.delete(at('/tokens', open.id));
            say(`Revoked ${open.name}`);
            pages.reload();
            focusHeading();
          }}
        >
          <p>Scripts that use it are refused at once. This cannot be undone.</p>
        </ConfirmDialog>
      )}
    </Page>
  );
}

const COLUMNS: readonly Column<TokenView>[] = [
  { title: 'Name', head: true, cell: ({ name }) => name },
  { title: 'Role', cell: ({ role }) => role },
  { title: 'Made', cell: ({ createdAt }) => <TimeAgo at={createdAt} /> },
  { title: 'Last used', cell: ({ lastUsedAt }) => <TimeAgo at={lastUsedAt} none="never" /> },
  { title: 'Ends', cell: ({ expiresAt }) => <TimeAgo at={expiresAt} none="when revoked" /> },
];

function revoking(open: (token: TokenView) => void): Column<TokenView> {
  return {
    title: 'Revoke',
    bare: true,
    cell: (token) => (
      <RowButton danger verb="Revoke" what={token.name} onClick={() => open(token)} />
    ),
  };
}

/** Makes a token, and shows it this one time. */
function NewToken({ onDone, onClose }: { onDone: () => void; onClose: () => void }): JSX.Element {
  const [made, setMade] = useState<CreatedToken | undefined>(undefined);
  if (made !== undefined) {
    return (
      <Dialog key="made" title={`The token ${made.name}`} onClose={onClose}>
        <Notice mood="warning">It is shown this once. Copy it now; the relay keeps no copy.</Notice>
        <CopyLine text={made.token} what="the token" />
        <p>
          <small>
            Sent as <code>Authorization: Bearer …</code>, or given to <code>gangway</code> as{' '}
            <code>--api-token</code>.
          </small>
        </p>
        <div class="buttons">
          <button type="button" onClick={onClose}>
            I have it
          </button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog key="new" title="New token" onClose={onClose}>
      <Form
        submit="Make token"
        cancel={onClose}
        action={async (entered) => {
          const days = Number(entered('days'));
          const expiresAt = days === 0 ? null : Date.now() + days * DAY_MS;
          const body = { name: entered('name'), role: entered('role'), expiresAt };
          setMade(await api.post<CreatedToken>('/tokens', body));
          onDone();
        }}
      >
        <Field
          label="Name"
          name="name"
          required
          maxLength={API_LIMITS.displayName}
          autoComplete="off"
          hint="What it is for; it stands in the audit of what is done with it."
        />
        <Choice label="Role" name="role" options={ROLE_OPTIONS} value="viewer" />
        <Choice label="Ends after" name="days" options={VALIDITY} value="90" />
      </Form>
    </Dialog>
  );
}
