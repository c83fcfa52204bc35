import type { JSX } from 'preact';
import { useRoute } from 'preact-iso';
import type { TunnelView } from '../../../views/tunnels.ts';
import { at } from '../api.ts';
import { CopyLine } from '../components/copy.tsx';
import { LiveSessions } from '../components/live-sessions.tsx';
import { ErrorNotice } from '../components/notice.tsx';
import { Page, Section } from '../components/page.tsx';
import { TunnelState } from '../components/tunnel-state.tsx';
import { ViewerNote } from '../components/viewer-note.tsx';
import { briefs } from '../live.ts';
import { useAddressQuery } from '../query.ts';
import { useResource } from '../resource.ts';
import { briefOf } from '../states.ts';
import { Agents } from '../tunnel/agents.tsx';
import { LineDown } from '../tunnel/line-down.tsx';
import { Findings, Visits } from '../tunnel/past.tsx';
import { NewAgent } from '../tunnel/paste-line.tsx';
import { Place } from '../tunnel/place.tsx';
import { Policy } from '../tunnel/policy-form.tsx';
import { useTunnelChanges } from '../use-tunnel-changes.ts';
import { mayChange } from '../who.ts';
import '../style/tunnel.css';

const VIEWS = [
  ['sessions', 'Live sessions'],
  ['history', 'History'],
  ['findings', 'Findings'],
  ['agents', 'Agents'],
  ['policy', 'Policy'],
  ['place', 'Place'],
] as const;
type ViewName = (typeof VIEWS)[number][0];

/** One tunnel, whichever the address names. */
export default function Tunnel(): JSX.Element {
  const { name = '' } = useRoute().params;
  return <OneTunnel key={name} name={name} />;
}

function OneTunnel({ name }: { name: string }): JSX.Element {
  const [query] = useAddressQuery(['view']);
  const path = at('/tunnels', name);
  const { data, error, reload, replace } = useResource<{ tunnel: TunnelView }>(path);
  useTunnelChanges(reload);
  const tunnel = data?.tunnel;
  const known = VIEWS.filter(([view]) => view !== 'place' || mayChange.value);
  const [view] = known.find(([one]) => one === query.view) ?? VIEWS[0];
  return (
    <Page title={name}>
      <ErrorNotice error={error} />
      {tunnel === undefined && error === undefined && <p aria-busy="true">Reading…</p>}
      {tunnel !== undefined && (
        <>
          <Head tunnel={tunnel} withAgent={view !== 'agents'} />
          <nav class="views" aria-label={`Parts of ${name}`}>
            {known.map(([one, words]) => (
              <a
                key={one}
                href={`/tunnels/${name}?view=${one}`}
                {...(one === view && { 'aria-current': 'page' as const })}
              >
                {words}
              </a>
            ))}
          </nav>
          <View view={view} tunnel={tunnel} reload={reload} replace={replace} />
        </>
      )}
    </Page>
  );
}

/** The address, how it is, and what is to be done first. */
function Head({ tunnel, withAgent }: { tunnel: TunnelView; withAgent: boolean }): JSX.Element {
  const brief = briefs.value.get(tunnel.name) ?? briefOf(tunnel);
  const { publicAddress, implicitAddress, name, serverAddress } = tunnel;
  return (
    <section class="card tunnel-head">
      <TunnelState brief={brief} />
      <LineDown tunnel={tunnel} />
      <div class="addresses">
        <CopyLine text={publicAddress} what="the public address" />
        {implicitAddress !== null && <CopyLine text={implicitAddress} what="the FTPS address" />}
      </div>
      {brief.state !== 'up' && mayChange.value && withAgent && (
        <div class="next-step">
          <p>
            {brief.state === 'waiting'
              ? 'No agent has ever come. Make a code and paste the line beside the FTP server.'
              : 'Its agent is away. Start it again; a new one needs a code.'}
          </p>
          <NewAgent tunnel={name} server={serverAddress} />
        </div>
      )}
      <p class="more">
        <a href={`/why?tunnel=${name}`}>Why can’t they connect?</a> ·{' '}
        <a href={`/doctor?tunnel=${name}`}>Examine it</a>
      </p>
    </section>
  );
}

interface ViewProps {
  readonly view: ViewName;
  readonly tunnel: TunnelView;
  readonly reload: () => void;
  readonly replace: (answer: { tunnel: TunnelView }) => void;
}

function View({ view, tunnel, reload, replace }: ViewProps): JSX.Element {
  const { name } = tunnel;
  switch (view) {
    case 'sessions':
      return (
        <Section title="Live sessions">
          <LiveSessions tunnel={name} />
        </Section>
      );
    case 'history':
      return (
        <Section title="History" actions={<a href={`/transfers?tunnel=${name}`}>Its transfers</a>}>
          <Visits tunnel={name} />
        </Section>
      );
    case 'findings':
      return (
        <Section title="Findings">
          <Findings tunnel={name} />
        </Section>
      );
    case 'agents':
      return <Agents tunnel={tunnel} reload={reload} />;
    case 'policy':
      return (
        <>
          <ViewerNote />
          <Policy tunnel={tunnel} onSaved={replace} />
        </>
      );
    default:
      return <Place tunnel={tunnel} onSaved={replace} />;
  }
}
