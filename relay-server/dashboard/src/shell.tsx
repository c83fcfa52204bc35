import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ErrorBoundary } from 'preact-iso';
import { Route, Router, useLocation } from 'preact-iso';
import { Choice } from './components/form.tsx';
import { Icon } from './components/icon.tsx';
import { EmptyState, Page } from './components/page.tsx';
import { connection } from './live.ts';
import { PLACES } from './routes.ts';
import { signOut } from './sign-in.ts';
import { theme, THEMES } from './theme.ts';
import { mayChange, me } from './who.ts';

/** What is around every page: the way to the others, who is signed in, and whether the page is live. */
export function Shell(): JSX.Element {
  const [open, setOpen] = useState(false);
  const { url } = useLocation();
  useEffect(() => setOpen(false), [url]);
  return (
    <div class={open ? 'shell open' : 'shell'}>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <header class="bar">
        <button
          type="button"
          class="quiet menu"
          aria-expanded={open}
          aria-controls="places"
          onClick={() => setOpen(!open)}
        >
          <Icon name={open ? 'close' : 'menu'} />
          <span class="off-screen">Menu</span>
        </button>
        <a class="brand" href="/">
          Gangway
        </a>
        <Connection />
      </header>
      <div class="side" id="places">
        <Places />
        <Reader />
      </div>
      <main id="main" tabIndex={-1}>
        <ErrorBoundary>
          <Router>
            {[
              ...PLACES.map(({ path, page }) => <Route key={path} path={path} component={page} />),
              <Route key="other" default component={NotFound} />,
            ]}
          </Router>
        </ErrorBoundary>
      </main>
    </div>
  );
}

function Places(): JSX.Element {
  const { path } = useLocation();
  const admin = mayChange.value;
  const links = PLACES.filter(
    ({ link, forAdmins }) => link !== undefined && (admin || forAdmins !== true),
  );
  return (
    <nav aria-label="Pages">
      <ul>
        {links.map((place) => (
          <li key={place.path}>
            <a
              href={place.path}
              {...(isAt(place.path, path) && { 'aria-current': 'page' as const })}
            >
              {place.link}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function isAt(place: string, path: string): boolean {
  return place === '/' ? path === '/' : path === place || path.startsWith(`${place}/`);
}

function Reader(): JSX.Element {
  return (
    <section class="reader" aria-label="You">
      <Choice
        label="Theme"
        name="theme"
        value={theme.value}
        options={THEMES.map((one) => [one, one])}
        onInput={({ currentTarget }) => {
          theme.value = THEMES.find((one) => one === currentTarget.value) ?? 'auto';
        }}
      />
      <p>
        <a href="/account">{me.value?.name}</a> <small>{me.value?.role}</small>
      </p>
      <button type="button" class="quiet small" onClick={() => void signOut()}>
        Sign out
      </button>
    </section>
  );
}

/** Whether what is shown is of this second. */
function Connection(): JSX.Element {
  const isLost = connection.value === 'lost';
  return (
    <span class={isLost ? 'connection lost' : 'connection'} role="status">
      {isLost && (
        <>
          <Icon name="warning" /> The relay does not answer; trying again
        </>
      )}
    </span>
  );
}

function NotFound(): JSX.Element {
  return (
    <Page title="There is no such page">
      <EmptyState title="The address leads nowhere.">
        <p>
          <a href="/">Go to the overview</a>
        </p>
      </EmptyState>
    </Page>
  );
}
