import type { JSX } from 'preact';
import { Page } from '../components/page.tsx';
import { ViewerNote } from '../components/viewer-note.tsx';
import { Alerts } from '../settings/alerts.tsx';
import { General } from '../settings/general.tsx';
import { RelayFacts } from '../settings/relay-facts.tsx';
import '../style/settings.css';

/** What holds for the whole relay. */
export default function Settings(): JSX.Element {
  return (
    <Page
      title="Settings"
      intro="What holds for the whole relay. Tunnels have policies of their own."
    >
      <ViewerNote />
      <General />
      <Alerts />
      <RelayFacts />
    </Page>
  );
}
