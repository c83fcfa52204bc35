import type { JSX } from 'preact';
import { Filters, type Filter } from '../components/filters.tsx';
import { LiveSessions } from '../components/live-sessions.tsx';
import { Page } from '../components/page.tsx';
import { useAddressQuery } from '../query.ts';

const FILTERS: readonly Filter[] = [
  { name: 'q', label: 'Address or user', placeholder: '198.51.100.7' },
  { name: 'tunnel', label: 'Tunnel' },
];

/** Everybody who is connected. */
export default function Sessions(): JSX.Element {
  const [values, change] = useAddressQuery(['q', 'tunnel']);
  return (
    <Page title="Live sessions" intro="Who is connected now, through all tunnels.">
      <section class="card">
        <Filters filters={FILTERS} values={values} onChange={change} />
        <LiveSessions q={values.q} {...(values.tunnel !== '' && { tunnel: values.tunnel })} />
      </section>
    </Page>
  );
}
