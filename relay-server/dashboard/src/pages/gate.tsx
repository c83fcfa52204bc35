import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Me } from '../../../views/access.ts';
import { API_LIMITS } from '../../../limits.ts';
import { api, ApiError } from '../api.ts';
import { Field, Form } from '../components/form.tsx';
import { Notice } from '../components/notice.tsx';
import { Page } from '../components/page.tsx';
import { recognise, signIn, signOut, type Credentials } from '../sign-in.ts';

/** Before the pages: signing in, and choosing a password where the present one was given out. */
export function Gate({ who }: { who: Me | null }): JSX.Element {
  return (
    <main class="gate">
      <p class="brand">Gangway</p>
      {who === null ? <SignIn /> : <ChoosePassword />}
    </main>
  );
}

function SignIn(): JSX.Element {
  const [half, setHalf] = useState<Credentials | undefined>(undefined);
  if (half !== undefined) return <SecondFactor half={half} onBack={() => setHalf(undefined)} />;
  return (
    <Page title="Sign in">
      <Form
        submit="Sign in"
        action={async (entered) => {
          const credentials = { user: entered('user'), password: entered('password') };
          await signIn(credentials).catch((thrown: unknown) => {
            const isHalf = thrown instanceof ApiError && thrown.code === 'second-factor-required';
            if (!isHalf) throw thrown;
            setHalf(credentials);
          });
        }}
      >
        <Field label="User" name="user" required autoComplete="username" autoCapitalize="none" />
        <Field
          label="Password"
          name="password"
          type="password"
          required
          autoComplete="current-password"
        />
      </Form>
      <details>
        <summary>Signing in for the first time?</summary>
        <p>
          The relay made the user <code>admin</code> when it first started and printed the password
          once, or took it from <code>GANGWAY_ADMIN_PASSWORD</code>. If it is lost, run this on the
          relay’s machine: <code>gangway user passwd admin</code>
        </p>
      </details>
    </Page>
  );
}

function SecondFactor({ half, onBack }: { half: Credentials; onBack: () => void }): JSX.Element {
  return (
    <Page title="Second factor" intro={`Signing in as ${half.user}.`}>
      <Form
        submit="Sign in"
        cancel={onBack}
        action={(entered) => signIn({ ...half, code: entered('code').replaceAll(' ', '') })}
      >
        <Field
          label="Code"
          name="code"
          required
          autoComplete="one-time-code"
          autoCapitalize="none"
          hint="Six digits from your authenticator, or one of your recovery codes."
        />
      </Form>
    </Page>
  );
}

function ChoosePassword(): JSX.Element {
  return (
    <Page title="Choose a password">
      <Notice mood="info">
        The present one was not chosen by you. Nothing else is open until you have one of your own.
      </Notice>
      <PasswordForm onDone={recognise} cancel={() => void signOut()} />
    </Page>
  );
}

/** Changes the password of whoever is signed in. */
export function PasswordForm(props: {
  onDone: () => Promise<void>;
  cancel?: () => void;
}): JSX.Element {
  const least = API_LIMITS.passwordShortest;
  return (
    <Form
      submit="Change password"
      cancel={props.cancel}
      action={async (entered) => {
        if (entered('next') !== entered('again')) {
          const message = 'the two new passwords are not the same';
          throw new ApiError(0, { code: 'passwords-differ', message, remedy: 'Enter both again.' });
        }
        await api.post('/auth/password', { current: entered('current'), next: entered('next') });
        await props.onDone();
      }}
    >
      <Field
        label="Present password"
        name="current"
        type="password"
        required
        autoComplete="current-password"
      />
      <Field
        label="New password"
        name="next"
        type="password"
        required
        minLength={least}
        autoComplete="new-password"
        hint={`At least ${least} characters; a few words will do.`}
      />
      <Field
        label="New password again"
        name="again"
        type="password"
        required
        minLength={least}
        autoComplete="new-password"
      />
    </Form>
  );
}
