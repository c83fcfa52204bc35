import type { JSX } from 'preact';
import { API_LIMITS } from '../../../limits.ts';
import type { UserView } from '../../../views/access.ts';
import { api, at } from '../api.ts';
import { me } from '../who.ts';
import { Check } from './check.tsx';
import { ConflictNotice, useConflict } from './conflict.tsx';
import { Dialog } from './dialog.tsx';
import { Choice, Field, Form } from './form.tsx';

interface UserFormProps {
  /** What was done, in words; the list is to be read again. */
  readonly done: (words: string) => void;
  readonly onClose: () => void;
}

/** Values and words of a choice of roles. */
export const ROLE_OPTIONS = [
  ['viewer', 'viewer: sees everything, changes nothing'],
  ['admin', 'admin: changes everything'],
] as const;

export function AddUser({ done, onClose }: UserFormProps): JSX.Element {
  return (
    <Dialog title="Add a user" onClose={onClose}>
      <Form
        submit="Add user"
        cancel={onClose}
        action={async (entered) => {
          const name = entered('name');
          await api.post('/users', { name, role: entered('role'), password: entered('password') });
          done(`Added ${name}`);
          onClose();
        }}
      >
        <Field
          label="Name"
          name="name"
          required
          pattern="[a-z0-9][a-z0-9._\-]*"
          maxLength={63}
          autoComplete="off"
          autoCapitalize="none"
          hint="Small letters, digits, point, dash and underscore."
        />
        <Choice label="Role" name="role" options={ROLE_OPTIONS} value="viewer" />
        <NewPassword />
      </Form>
    </Dialog>
  );
}

interface ChangeUserProps extends UserFormProps {
  readonly user: UserView;
  /** Somebody else has changed him: begin anew. */
  readonly onReload: () => void;
}

/** Role, whether he may sign in, and the second factor of somebody who has lost it. */
export function ChangeUser({ user, done, onClose, onReload }: ChangeUserProps): JSX.Element {
  const conflict = useConflict();
  const { name, role, disabled, totp, revision } = user;
  const isSelf = name === me.value?.name;
  return (
    <Dialog title={`Change ${name}`} onClose={onClose}>
      <ConflictNotice conflict={conflict} target={name} onReload={onReload} />
      <Form
        submit="Save"
        cancel={onClose}
        action={async (entered) => {
          const changes = {
            role: entered('role') || role,
            disabled: entered('disabled') === 'on',
            ...(entered('forget') === 'on' && { totp: false }),
          };
          const isSaved = await conflict.saved(() =>
            api.patch(at('/users', name), { ...changes, revision }),
          );
          if (!isSaved) return;
          done(`Changed ${name}`);
          onClose();
        }}
      >
        <Choice
          label="Role"
          name="role"
          options={ROLE_OPTIONS}
          value={role}
          disabled={isSelf}
          {...(isSelf && { hint: 'Nobody takes his own rights away; another admin can.' })}
        />
        <Check
          label="Disabled"
          name="disabled"
          checked={disabled}
          disabled={isSelf}
          hint="Signed out at once and refused from then on; can be undone."
        />
        {totp && !isSelf && (
          <Check
            label="Take the second factor away"
            name="forget"
            hint="For somebody who has lost his phone and his recovery codes. He can set up a new one."
          />
        )}
      </Form>
    </Dialog>
  );
}

export function ResetPassword({
  user,
  done,
  onClose,
}: UserFormProps & { readonly user: UserView }): JSX.Element {
  const { name, revision } = user;
  return (
    <Dialog title={`A new password for ${name}`} onClose={onClose}>
      <p>All sign-ins of {name} end at once.</p>
      <Form
        submit="Set password"
        cancel={onClose}
        action={async (entered) => {
          await api.patch(at('/users', name), { password: entered('password'), revision });
          done(`Set a new password for ${name}`);
          onClose();
        }}
      >
        <NewPassword />
      </Form>
    </Dialog>
  );
}

function NewPassword(): JSX.Element {
  return (
    <Field
      label="Password"
      name="password"
      type="password"
      required
      minLength={API_LIMITS.passwordShortest}
      maxLength={API_LIMITS.secret}
      autoComplete="new-password"
      hint={`At least ${API_LIMITS.passwordShortest} characters. It has to be changed at the next sign-in.`}
    />
  );
}
