import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { CreatedTunnel, CreateTunnel } from '../../../views/tunnels.ts';
import { POLICY_WORDS } from '../../../policy-words.ts';
import { api } from '../api.ts';
import { Choice, Field, Form, type Entered } from '../components/form.tsx';
import { EmptyState, Page, Section } from '../components/page.tsx';
import { FirstSteps } from '../tunnel/first-steps.tsx';
import { mayChange } from '../who.ts';
import '../style/tunnel.css';

/** From a name to an address that was tried from outside. */
export default function NewTunnel(): JSX.Element {
  const [created, setCreated] = useState<CreatedTunnel | undefined>(undefined);
  if (!mayChange.value) {
    return (
      <Page title="New tunnel">
        <EmptyState title="Only admins can make tunnels." />
      </Page>
    );
  }
  if (created !== undefined) {
    // Another page in place of this one, so that its heading is read out.
    return <FirstSteps key={created.tunnel.id} created={created} />;
  }
  return (
    <Page title="New tunnel" intro="A public address for one more FTP server.">
      <Section title="What it is to be">
        <Form
          submit="Make the tunnel"
          action={async (entered) => {
            setCreated(await api.post<CreatedTunnel>('/tunnels', wanted(entered)));
          }}
        >
          <div class="pair">
            <Field
              label="Name"
              name="name"
              required
              pattern="[a-z0-9][a-z0-9\-]{0,62}"
              autoComplete="off"
              autoCapitalize="none"
              hint="Small letters, digits and hyphens, like shop or customer-17."
            />
            <Field
              label="Public port"
              name="port"
              type="number"
              min={1}
              max={65_535}
              hint="21 is what FTP clients expect. Empty takes a free one."
            />
            <Field
              label="FTP server"
              name="serverAddress"
              placeholder="127.0.0.1:21"
              autoComplete="off"
              hint="As its agent sees it; empty for one on the agent’s own machine."
            />
          </div>
          <Choice
            label={POLICY_WORDS.tls.title}
            name="tls"
            value="optional"
            options={TLS_CHOICES}
            hint="The relay speaks TLS with clients even if the FTP server cannot."
          />
        </Form>
      </Section>
    </Page>
  );
}

const TLS_CHOICES = [
  ['optional', 'optional: clients choose, every client gets in'],
  ['required', 'required: no password crosses the internet in clear'],
  ['off', 'off: for clients that stumble over the offer'],
] as const;

function wanted(entered: Entered): CreateTunnel {
  const port = entered('port');
  const serverAddress = entered('serverAddress');
  const tls = TLS_CHOICES.find(([value]) => value === entered('tls'))?.[0] ?? 'optional';
  return {
    name: entered('name'),
    ...(port !== '' && { port: Number(port) }),
    ...(serverAddress !== '' && { serverAddress }),
    ...(tls !== 'optional' && { policy: { tls } }),
  };
}
