import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { LocationProvider } from 'preact-iso';
import { asApiError, type ApiError } from './api.ts';
import { ErrorNotice } from './components/notice.tsx';
import { Toasts } from './components/toasts.tsx';
import { connect, disconnect } from './live.ts';
import { Shell } from './shell.tsx';
import { Gate } from './pages/gate.tsx';
import { recognise } from './sign-in.ts';
import { me } from './who.ts';

/** Everything the router may go to; `/api/` is the relay's. */
const PAGES = /^\/(?!api\/)/;

/** Signed in or not, everything starts here. */
export function App(): JSX.Element {
  const [error, setError] = useState<ApiError | undefined>(undefined);
  const who = me.value;
  const isIn = who !== undefined && who !== null && !who.mustChangePassword;
  useEffect(() => {
    recognise().catch((thrown: unknown) => setError(asApiError(thrown)));
  }, []);
  useEffect(() => {
    if (!isIn) return undefined;
    connect();
    return disconnect;
  }, [isIn]);
  return (
    <LocationProvider scope={PAGES}>
      {who === undefined && <Waiting error={error} />}
      {who !== undefined && !isIn && <Gate who={who} />}
      {isIn && <Shell />}
      <Toasts />
    </LocationProvider>
  );
}

function Waiting({ error }: { error: ApiError | undefined }): JSX.Element {
  return (
    <main class="gate">
      <h1>Gangway</h1>
      <ErrorNotice error={error} />
      {error === undefined ? (
        <p aria-busy="true">One moment…</p>
      ) : (
        <button type="button" onClick={() => location.reload()}>
          Try again
        </button>
      )}
    </main>
  );
}
