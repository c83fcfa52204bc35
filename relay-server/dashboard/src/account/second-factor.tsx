import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { CopyLine } from '../components/copy.tsx';
import { Field, Form } from '../components/form.tsx';
import { Notice } from '../components/notice.tsx';
import { say } from '../components/toasts.tsx';
import { counted } from '../format.ts';
import { recognise } from '../sign-in.ts';
import { me } from '../who.ts';

interface Offer {
  readonly secret: string;
  readonly uri: string;
  readonly qr: string;
}

/** How far setting it up is: a password proves who asks, then the phone, and the recovery codes come once. */
type State =
  | { readonly step: 'rest' }
  | { readonly step: 'asked'; readonly to: 'begin' | 'end' }
  | { readonly step: 'offered'; readonly offer: Offer }
  | { readonly step: 'codes'; readonly codes: readonly string[] };

/** Codes from a phone at each login, beside the password. */
export function SecondFactor(): JSX.Element {
  const [state, setState] = useState<State>({ step: 'rest' });
  const rest = (): void => setState({ step: 'rest' });
  switch (state.step) {
    case 'rest':
      return <Rest ask={(to) => setState({ step: 'asked', to })} />;
    case 'asked':
      return (
        <Form
          key={state.to}
          submit={state.to === 'begin' ? 'Go on' : 'Remove it'}
          cancel={rest}
          action={async (entered) => {
            const body = { password: entered('password') };
            if (state.to === 'begin') {
              setState({ step: 'offered', offer: await api.post<Offer>('/auth/totp', body) });
              return;
            }
            await api.post('/auth/totp/disable', body);
            await recognise();
            say('Removed the second factor');
            rest();
          }}
        >
          <Field
            label="Your password"
            name="password"
            type="password"
            required
            autoComplete="current-password"
          />
        </Form>
      );
    case 'offered':
      return (
        <Offered
          offer={state.offer}
          cancel={rest}
          onCodes={(codes) => setState({ step: 'codes', codes })}
        />
      );
    default:
      return <Codes codes={state.codes} onDone={rest} />;
  }
}

function Rest({ ask }: { ask: (to: 'begin' | 'end') => void }): JSX.Element {
  const left = me.value?.recoveryCodesLeft ?? 0;
  if (me.value?.totp === true) {
    return (
      <>
        <p>
          <Badge mood="good">on</Badge> {counted(left, 'recovery code')} left.
        </p>
        {left < 3 && (
          <Notice mood="warning">
            Remove it and set it up again to get new recovery codes: without one and without your
            phone you cannot sign in.
          </Notice>
        )}
        <button type="button" class="danger" onClick={() => ask('end')}>
          Remove it
        </button>
      </>
    );
  }
  return (
    <>
      <p>
        <Badge mood="quiet">off</Badge> With it, a stolen password alone opens nothing: signing in
        also asks for six digits from an authenticator on your phone.
      </p>
      <button type="button" onClick={() => ask('begin')}>
        Set it up
      </button>
    </>
  );
}

interface OfferedProps {
  readonly offer: Offer;
  readonly cancel: () => void;
  readonly onCodes: (codes: readonly string[]) => void;
}

function Offered({ offer: { qr, secret, uri }, cancel, onCodes }: OfferedProps): JSX.Element {
  return (
    <Form
      submit="Confirm"
      cancel={cancel}
      action={async (entered) => {
        const body = { code: entered('code').replaceAll(' ', '') };
        const answer = await api.post<{ recoveryCodes: string[] }>('/auth/totp/confirm', body);
        onCodes(answer.recoveryCodes);
      }}
    >
      <p>Scan this with an authenticator, or open it on your phone:</p>
      <a class="qr" href={uri}>
        <img src={`data:image/svg+xml,${encodeURIComponent(qr)}`} alt="Open in an authenticator" />
      </a>
      <p>Or type this into it:</p>
      <CopyLine text={secret} what="the secret" />
      <Field
        label="Code it shows"
        name="code"
        required
        autoComplete="one-time-code"
        hint="Six digits; proves that the authenticator works before it is asked for."
      />
    </Form>
  );
}

function Codes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }): JSX.Element {
  return (
    <>
      <Notice mood="warning">
        Keep these recovery codes where you find them without your phone. Each signs you in once.
        They are not shown again.
      </Notice>
      <CopyLine text={codes.join('\n')} what="the recovery codes" />
      <button
        type="button"
        onClick={() => {
          void recognise().catch(() => undefined);
          onDone();
        }}
      >
        I have kept them
      </button>
    </>
  );
}
